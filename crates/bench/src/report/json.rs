use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use serde::Serialize;

use super::Results;
use crate::Error;
use crate::scenario_results::{Figure, Measurement};

#[derive(Serialize)]
struct Document<'a> {
    cores: usize,
    runs: usize,
    sizes: &'a [usize],
    figures: Vec<Entry<'a, Figure>>,
    measurements: Vec<Entry<'a, Measurement>>,
    not_measured: Vec<NotMeasured<'a>>,
}

#[derive(Serialize)]
struct Entry<'a, T> {
    scenario: &'static str,
    database: &'static str,
    #[serde(flatten)]
    of: &'a T,
}

#[derive(Serialize)]
struct NotMeasured<'a> {
    scenario: &'static str,
    database: &'static str,
    error: &'a str,
}

/// Writes all results as one JSON document.
pub(crate) fn write_json(path: &Path, results: &Results) -> Result<(), Error> {
    let failures = results.failures.iter();
    let document = Document {
        cores: results.cores,
        runs: results.runs,
        sizes: &results.sizes,
        figures: entries(results, |scenario| &scenario.figures),
        measurements: entries(results, |scenario| &scenario.measurements),
        not_measured: failures
            .map(|failure| NotMeasured {
                scenario: failure.scenario,
                database: failure.database,
                error: &failure.error,
            })
            .collect(),
    };
    let mut file = BufWriter::new(File::create(path)?);
    serde_json::to_writer_pretty(&mut file, &document)?;
    writeln!(file)?;
    Ok(file.flush()?)
}

fn entries<T>(
    results: &Results,
    of: fn(&crate::scenario_results::ScenarioResults) -> &Vec<T>,
) -> Vec<Entry<'_, T>> {
    let found = results.found.iter();
    found
        .flat_map(|found| {
            of(&found.results).iter().map(|of| Entry {
                scenario: found.scenario,
                database: found.database,
                of,
            })
        })
        .collect()
}
