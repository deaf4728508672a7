mod clock;

use std::ffi::OsString;

use seatkeeper_testkit::BIN_DIR_VARIABLE;

use self::clock::ClockAhead;
use crate::process::{self, cargo, heading, print_line};
use crate::{Failure, setup};

/// Installs the tools for the tests, then runs `cargo test`, optionally with a clock that is ahead.
pub(crate) fn run(clock_ahead: bool, arguments: &[OsString]) -> Result<(), Failure> {
    heading("set-up");
    let postgres = setup::postgres()?;
    print_line(&format!("postgresql: {}", postgres.dir().display()));
    let python_clients = setup::python_clients()?;
    print_line(&format!("python-clients: {}", python_clients.display()));
    // The library is deleted when the tests have ended.
    let clock = clock_ahead.then(ClockAhead::build).transpose()?;
    heading("tests");
    let mut test = cargo();
    test.arg("test");
    if !names_a_package(arguments) {
        test.arg("--workspace");
    }
    if let Some(clock) = &clock {
        test.args(["--config", &clock.runner()]);
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
