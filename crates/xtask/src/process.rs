use std::env;
use std::ffi::OsStr;
use std::process::{Command, ExitStatus, Stdio};

use crate::Failure;
use crate::workspace;

/// Prints a line to standard error.
pub(crate) fn print_line(message: &str) {
    eprintln!("{message}");
}

/// Prints the heading of a section.
pub(crate) fn heading(title: &str) {
    print_line(&format!("\n=== {title}"));
}

/// A command that runs in the workspace's root without standard input.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(workspace::root()).stdin(Stdio::null());
    command
}

/// The cargo that runs this task.
pub(crate) fn cargo() -> Command {
    command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Prints the command and runs it with visible output. Returns an error if it fails.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let shown = shown(command);
    print_line(&format!("$ {shown}"));
    let status = status(command)?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::Command {
        command: shown,
        status,
    })
}

/// Runs the command silently and returns how it ended.
pub(crate) fn status(command: &mut Command) -> Result<ExitStatus, Failure> {
    command.status().map_err(|source| Failure::Spawn {
        program: program(command),
        source,
    })
}

/// Runs the command silently and returns its standard output.
pub(crate) fn read(command: &mut Command) -> Result<String, Failure> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|source| Failure::Spawn {
            program: program(command),
            source,
        })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(Failure::Command {
        command: shown(command),
        status: output.status,
    })
}

/// Whether the command can be run and succeeds. Its output is discarded.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn program(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

fn shown(command: &Command) -> String {
    let name = program(command);
    let name = name.rsplit('/').next().unwrap_or_default();
    let arguments = command.get_args().map(|a| a.to_string_lossy().into_owned());
    let words: Vec<_> = std::iter::once(name.to_owned()).chain(arguments).collect();
    words.join(" ")
}
