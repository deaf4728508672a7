//! The `seatkeeper` binary with the seams that tests use to break it.

use std::process::ExitCode;

fn main() -> ExitCode {
    seatkeeper::main()
}
