use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use super::BIN_DIR_VARIABLE;

/// Why a cluster or a database could not be created.
///
/// `Debug` prints the message and its sources, so that an `unwrap` in a test shows the fix.
#[derive(thiserror::Error)]
pub enum PostgresError {
    /// No directory holds all the programs that a cluster needs.
    #[error(
        "no postgresql server binaries in {}: run `cargo xtask setup`, or set {} to the directory that holds initdb, pg_ctl, postgres and psql",
        list(searched),
        BIN_DIR_VARIABLE
    )]
    BinariesNotFound {
        /// The searched directories, in order.
        searched: Vec<PathBuf>,
    },
    /// The caller is root, which `PostgreSQL` rejects, and there is no other account to run the
    /// server.
    #[error("postgresql does not run as root: create a user named postgres or nobody")]
    NoUnprivilegedAccount,
    /// The account that must run the server cannot execute its programs.
    #[error("user {account} cannot run {}: make its directory readable", program.display())]
    OutOfReach {
        /// The program that the account can't execute.
        program: PathBuf,
        /// The account that runs the server.
        account: String,
    },
    /// A program could not be started.
    #[error("could not run {}", program.display())]
    Spawn {
        /// The program that could not be started.
        program: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A program exited with a failure.
    #[error("{} ended with {status}: {output}", program.display())]
    Failed {
        /// The program that failed.
        program: PathBuf,
        /// The exit status.
        status: ExitStatus,
        /// The program's standard error, and the end of the server's log.
        output: String,
    },
    /// A standby did not catch up with its primary before the timeout.
    #[error("the standby did not catch up with its primary in time: see the server's log")]
    NoStandby,
    /// A file of the cluster could not be read or written.
    #[error("could not {action} {}", path.display())]
    File {
        /// The failed operation, as a verb.
        action: &'static str,
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
}

impl PostgresError {
    pub(super) fn file(action: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::File {
            action,
            path: path.into(),
            source,
        }
    }
}

impl fmt::Debug for PostgresError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let mut cause = self.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

fn list(paths: &[PathBuf]) -> String {
    let paths: Vec<_> = paths.iter().map(|p| p.display().to_string()).collect();
    paths.join(", ")
}
