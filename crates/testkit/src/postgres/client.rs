use std::path::{Path, PathBuf};
use std::process::Command;

use super::process::{command, run};
use super::{PostgresBinaries, PostgresError};

/// The superuser of every cluster.
pub(super) const SUPERUSER: &str = "postgres";
/// The port is only part of the socket's name: clusters do not listen on TCP.
pub(super) const PORT: &str = "5432";

/// Runs SQL on a cluster with `psql`.
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

    /// Executes the statements, each in its own transaction, and returns the rows as plain text.
    pub(super) fn query(&self, database: &str, sql: &str) -> Result<String, PostgresError> {
        let mut psql = command(&self.psql);
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
            .args(["--set", "ON_ERROR_STOP=1"])
            .args(["--command", sql]);
        self.address(&mut psql, database);
        run(psql)
    }

    /// Runs `pg_dump` into a file, in the format that `pg_restore` reads.
    pub(super) fn dump(&self, database: &str, file: &Path) -> Result<(), PostgresError> {
        let mut dump = command(&self.psql.with_file_name("pg_dump"));
        dump.args(["--format", "custom", "--file"]).arg(file);
        self.address(&mut dump, database);
        run(dump).map(drop)
    }

    /// Runs `pg_restore` on such a file, in one transaction.
    pub(super) fn restore(&self, database: &str, file: &Path) -> Result<(), PostgresError> {
        let mut restore = command(&self.psql.with_file_name("pg_restore"));
        restore.args(["--single-transaction", "--exit-on-error"]);
        self.address(&mut restore, database);
        restore.arg(file);
        run(restore).map(drop)
    }

    /// Adds the connection options of a database.
    fn address(&self, program: &mut Command, database: &str) {
        program
            .args(["--username", SUPERUSER, "--port", PORT, "--host"])
            .arg(&self.socket_dir)
            .args(["--dbname", database]);
    }

    pub(super) fn url(&self, database: &str) -> String {
        let socket_dir = self.socket_dir.display();
        format!("postgres://{SUPERUSER}@localhost:{PORT}/{database}?host={socket_dir}")
    }
}
