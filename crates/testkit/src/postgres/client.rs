use std::path::PathBuf;

use super::process::{command, run};
use super::{PostgresBinaries, PostgresError};

/// The account that owns everything in a cluster.
pub(super) const SUPERUSER: &str = "postgres";
/// The port is only part of the socket's name: no cluster listens on TCP.
pub(super) const PORT: &str = "5432";

/// Runs SQL on a cluster through `psql`.
#[derive(Debug, Clone)]
pub(super) struct Client {
    psql: PathBuf,
    socket_dir: PathBuf,
}

impl Client {
    pub(super) fn new(binaries: &PostgresBinaries, socket_dir: PathBuf) -> Self {
        Self {
            psql: binaries.program("psql"),
            socket_dir,
        }
    }

    /// Runs the statements, each in its own transaction, and gives the rows
    /// without decoration.
    pub(super) fn query(&self, database: &str, sql: &str) -> Result<String, PostgresError> {
        let mut psql = command(&self.psql);
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
            .args(["--set", "ON_ERROR_STOP=1"])
            .args(["--username", SUPERUSER, "--port", PORT])
            .arg("--host")
            .arg(&self.socket_dir)
            .args(["--dbname", database, "--command", sql]);
        run(psql)
    }

    pub(super) fn url(&self, database: &str) -> String {
        let socket_dir = self.socket_dir.display();
        format!("postgres://{SUPERUSER}@localhost:{PORT}/{database}?host={socket_dir}")
    }
}
