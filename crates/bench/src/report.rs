use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use comfy_table::{Table, presets};
use serde::Serialize;

use crate::Error;
use crate::batch::Timing;

/// One measurement: the median of its runs.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    database: &'static str,
    work: &'static str,
    users: usize,
    users_per_second: f64,
    first_result_ms: f64,
    last_result_ms: f64,
    server_peak_memory_mib: f64,
}

impl Row {
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    pub(crate) fn of(
        database: &'static str,
        work: &'static str,
        users: usize,
        timings: &[Timing],
        peak_memory_bytes: u64,
    ) -> Self {
        let first = median(timings.iter().map(|timing| timing.first_result));
        let last = median(timings.iter().map(|timing| timing.last_result));
        Self {
            database,
            work,
            users,
            users_per_second: users as f64 / last.as_secs_f64(),
            first_result_ms: first.as_secs_f64() * 1e3,
            last_result_ms: last.as_secs_f64() * 1e3,
            server_peak_memory_mib: peak_memory_bytes as f64 / f64::from(1 << 20),
        }
    }
}

fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times = times.collect::<Vec<_>>();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Prints the rows as a Markdown table, ready for the documentation.
pub(crate) fn print(rows: &[Row]) -> Result<(), Error> {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_header([
        "database",
        "work",
        "users",
        "users/s",
        "first result ms",
        "last result ms",
        "server peak MiB",
    ]);
    for row in rows {
        table.add_row([
            row.database.to_owned(),
            row.work.to_owned(),
            row.users.to_string(),
            format!("{:.0}", row.users_per_second),
            format!("{:.1}", row.first_result_ms),
            format!("{:.1}", row.last_result_ms),
            format!("{:.1}", row.server_peak_memory_mib),
        ]);
    }
    Ok(writeln!(std::io::stdout().lock(), "{table}")?)
}

/// Writes the rows as JSON, one object a line.
pub(crate) fn write_json(path: &Path, rows: &[Row]) -> Result<(), Error> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    for row in rows {
        serde_json::to_writer(&mut file, row)?;
        writeln!(file)?;
    }
    Ok(file.flush()?)
}
