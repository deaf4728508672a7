//! Project chores: set-up, tests, checks.

mod contract;
mod failure;
mod layers;
mod lint;
mod process;
mod setup;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::Failure;
use crate::setup::Part;

/// Project chores. Each works on a machine that has Rust, a C compiler and
/// Python's pip.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Bring what tests and checks need into `target/`, without root.
    Setup {
        /// The parts to bring; all of them when none is named.
        #[arg(value_enum)]
        parts: Vec<Part>,
    },
    /// Set up, then run the tests of the whole workspace.
    Test {
        /// Further arguments for `cargo test`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Run every check that is not a test: format, clippy, layers, contract,
    /// documentation.
    Lint,
    /// Check that no crate depends on another against the layering.
    Layers,
}

impl Chore {
    fn run(self) -> Result<(), Failure> {
        match self {
            Self::Setup { parts } => setup::run(&parts),
            Self::Test { arguments } => test::run(&arguments),
            Self::Lint => lint::run(),
            Self::Layers => layers::run(),
        }
    }
}

fn main() -> ExitCode {
    match Arguments::parse().chore.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            process::say(&format!("error: {}", failure.with_sources()));
            ExitCode::FAILURE
        }
    }
}
