use std::ffi::OsString;

use seatkeeper_testkit::BIN_DIR_VARIABLE;

use crate::process::{self, cargo, heading, say};
use crate::{Failure, setup};

/// Brings what the tests need, then runs `cargo test`.
pub(crate) fn run(arguments: &[OsString]) -> Result<(), Failure> {
    heading("set-up");
    let postgres = setup::postgres()?;
    say(&format!("postgresql: {}", postgres.dir().display()));
    let python_clients = setup::python_clients()?;
    say(&format!("python-clients: {}", python_clients.display()));
    heading("tests");
    let mut test = cargo();
    test.arg("test");
    if !names_a_package(arguments) {
        test.arg("--workspace");
    }
    test.args(arguments).env(BIN_DIR_VARIABLE, postgres.dir());
    process::run(&mut test)
}

fn names_a_package(arguments: &[OsString]) -> bool {
    arguments
        .iter()
        .map(|argument| argument.to_string_lossy())
        .take_while(|argument| argument != "--")
        .any(|argument| argument.starts_with("-p") || argument.starts_with("--package"))
}
