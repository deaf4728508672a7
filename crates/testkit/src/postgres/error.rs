use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use super::BIN_DIR_VARIABLE;

/// Why a cluster or a database could not be had.
///
/// `Debug` prints the message and its sources, so that an `unwrap` in a test
/// tells a person what to do.
#[derive(thiserror::Error)]
pub enum PostgresError {
    /// No directory holds all the programs that a cluster needs.
    #[error(
        "no postgresql server binaries in {}: run `cargo xtask setup`, or set {} to the directory that holds initdb, pg_ctl, postgres and psql",
        list(searched),
        BIN_DIR_VARIABLE
    )]
    BinariesNotFound {
        /// The directories that were looked at, in order.
        searched: Vec<PathBuf>,
    },
    /// The caller is root, which `PostgreSQL` refuses, and no other account is
    /// there to run it.
    #[error("postgresql does not run as root: create a user named postgres or nobody")]
    NoUnprivilegedAccount,
    /// The account that must run the server cannot execute its programs.
    #[error("user {account} cannot run {}: make its directory readable", program.display())]
    OutOfReach {
        /// The program that was tried.
        program: PathBuf,
        /// The account that tried it.
        account: String,
    },
    /// A program could not be started at all.
    #[error("could not run {}", program.display())]
    Spawn {
        /// The program that was tried.
        program: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A program ran and reported failure.
    #[error("{} ended with {status}: {output}", program.display())]
    Failed {
        /// The program that failed.
        program: PathBuf,
        /// How it ended.
        status: ExitStatus,
        /// What it wrote to standard error, and the end of the server's log.
        output: String,
    },
    /// A standby did not come to follow its primary.
    #[error("the standby does not follow its primary")]
    NoStandby,
    /// A file of the cluster could not be read or written.
    #[error("could not {action} {}", path.display())]
    File {
        /// What was being done, as a verb.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
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
