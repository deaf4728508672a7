//! The `seatkeeper` binary with fault injection for tests.

use std::process::ExitCode;

fn main() -> ExitCode {
    seatkeeper::main()
}
