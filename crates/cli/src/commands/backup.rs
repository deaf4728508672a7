//! `seatkeeper backup`.

use std::path::PathBuf;

use clap::Args;
use seatkeeper_store::Backup as Copy;
use serde_json::json;

use crate::output::{Format, Output, count};
use crate::{CliError, Exit};

/// `seatkeeper backup`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  seatkeeper backup /backups/monday
  seatkeeper backup --data-dir /var/lib/seatkeeper /backups/monday.db
  seatkeeper verify --data-dir /backups/monday
  seatkeeper serve --data-dir /backups/monday

The copy is a consistent snapshot of the database; servers may keep running on it. It contains every
change that was confirmed before the backup began. The copy is an ordinary database: to restore it,
start a server on it. An existing file is never overwritten.

Back up a PostgreSQL database with PostgreSQL's own tools, see docs/operations.md.")]
pub(crate) struct Backup {
    /// Where to write the copy: a directory, which is created, or a file that ends in `.db`.
    #[arg(value_name = "TO")]
    to: PathBuf,

    /// Directory of the embedded database, or its file.
    #[arg(
        long,
        env = "SEATKEEPER_DATA_DIR",
        value_name = "DIR",
        default_value = "seatkeeper-data"
    )]
    data_dir: PathBuf,

    /// Output format: lines for people, or one JSON object per line for programs.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: Format,
}

impl Backup {
    pub(crate) async fn run(self, out: &mut Output) -> Result<Exit, CliError> {
        let Copy { path, bytes } = Copy::of_sqlite(&self.data_dir, &self.to).await?;
        let path = path.display();
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        if out.is_json() {
            out.object(&json!({ "path": path.to_string(), "byte_count": bytes }));
        }
        let bytes = count(bytes);
        out.print(format_args!("backed up to {path}, {bytes} bytes"));
        Ok(Exit::Success)
    }
}
