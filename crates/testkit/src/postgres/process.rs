use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::PostgresError;

/// A command for a program of `PostgreSQL`, without the caller's `PG…` variables and working
/// directory.
pub(super) fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if is_postgres_setting(&name) {
            command.env_remove(name);
        }
    }
    command.current_dir("/").stdin(Stdio::null());
    command
}

/// Runs the command to its end and returns its output. A failure returns an error with the
/// command's standard error.
pub(super) fn run(mut command: Command) -> Result<String, PostgresError> {
    let program = PathBuf::from(command.get_program());
    let output = command.output().map_err(|source| PostgresError::Spawn {
        program: program.clone(),
        source,
    })?;
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    Err(failed(program, &output))
}

fn failed(program: PathBuf, output: &Output) -> PostgresError {
    PostgresError::Failed {
        program,
        status: output.status,
        output: text(&output.stderr),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end().to_owned()
}

fn is_postgres_setting(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b"PG")
}
