use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use crate::Failure;
use crate::process::{command, run, say, succeeds};

/// Written last, so that an installation cut short is made again; holds the
/// requirements, so that a changed version is brought anew.
const STAMP: &str = "requirements.txt";
const CALLS: [&[&str]; 4] = [
    &["python3", "-m", "pip"],
    &["python", "-m", "pip"],
    &["pip3"],
    &["pip"],
];

/// Installs the wheels into a directory of their own, unless they are there.
/// The requirements name every package and its version: nothing else is brought.
pub(super) fn bring(requirements: &str, place: &Path) -> Result<(), Failure> {
    let stamp = place.join(STAMP);
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == requirements) {
        return Ok(());
    }
    say(&format!(
        "bringing {}",
        requirements.trim().replace('\n', ", ")
    ));
    remove(place)?;
    let mut install = pip()?;
    install
        .args(["install", "--quiet", "--disable-pip-version-check"])
        .args(["--no-input", "--no-deps", "--only-binary=:all:", "--target"])
        .arg(place)
        .args(requirements.split_whitespace())
        // As a variable, since an older pip stops at an option it lacks.
        .env("PIP_ROOT_USER_ACTION", "ignore");
    run(&mut install)?;
    fs::write(&stamp, requirements).map_err(|source| Failure::file("write", stamp, source))
}

fn remove(place: &Path) -> Result<(), Failure> {
    match fs::remove_dir_all(place) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Failure::file("remove", place, source))
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
