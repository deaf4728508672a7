use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use crate::Failure;
use crate::process::{command, print_line, run, succeeds};

/// Marks a complete installation. It is written last, so that an interrupted installation is
/// repeated. It contains the requirements, so that a changed version is installed again.
const STAMP: &str = "requirements.txt";
const CALLS: [&[&str]; 4] = [
    &["python3", "-m", "pip"],
    &["python", "-m", "pip"],
    &["pip3"],
    &["pip"],
];

/// Installs the wheels into their own directory, unless they are installed already. The
/// requirements name every package with its version: no other package is installed.
pub(super) fn install(requirements: &str, path: &Path) -> Result<(), Failure> {
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
    run(&mut install)?;
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
