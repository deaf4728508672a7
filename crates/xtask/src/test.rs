use seatkeeper_testkit::BIN_DIR_VARIABLE;

use crate::process::{self, cargo, heading, say};
use crate::{Failure, setup};

/// Brings what the tests need, then runs `cargo test --workspace`.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    heading("set-up");
    let postgres = setup::postgres()?;
    say(&format!("postgresql: {}", postgres.dir().display()));
    heading("tests");
    let mut test = cargo();
    test.args(["test", "--workspace"])
        .args(arguments)
        .env(BIN_DIR_VARIABLE, postgres.dir());
    process::run(&mut test)
}
