//! Project tasks: set-up, tests, checks.

mod contract;
mod failure;
mod layers;
mod lint;
mod mutants;
mod process;
mod setup;
mod test;
mod workspace;

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::Failure;
use crate::setup::Part;

/// Project tasks. They run on a machine with Rust, a C compiler and Python's pip.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Install the tools for tests and checks into `target/`, without root.
    Setup {
        /// The parts to install; all if none is named.
        #[arg(value_enum)]
        parts: Vec<Part>,
    },
    /// Set up, then run the tests of the whole workspace.
    Test {
        /// Run the tests and all programs that they start with a clock that is 400 days ahead. Must
        /// be the first argument.
        #[arg(long)]
        clock_ahead: bool,
        /// Further arguments for `cargo test`, passed unchanged. With `-p`, only the named packages
        /// are tested.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Run all checks that are not tests: format, clippy, layers, contract, documentation.
    Lint,
    /// Check that no dependency violates the layering.
    Layers,
    /// Check that the tests catch every bug of `tests/mutants`, in a copy of the workspace.
    Mutants {
        /// Check only one of them: the one that this hash chooses, or the hash of the last commit.
        #[arg(long, value_name = "HASH", num_args = 0..=1, default_missing_value = "HEAD")]
        one: Option<String>,
        /// The tests have passed in the workspace; do not run them without the bugs first.
        #[arg(long)]
        tests_passed: bool,
    },
}

impl Task {
    fn run(self) -> Result<(), Failure> {
        match self {
            Self::Setup { parts } => setup::run(&parts),
            // The parser drops a leading `--`, so the arguments are read again.
            Self::Test { clock_ahead, .. } => {
                let skipped = usize::from(clock_ahead);
                test::run(clock_ahead, &words_after("test")[skipped..])
            }
            Self::Lint => lint::run(),
            Self::Layers => layers::run(),
            Self::Mutants { one, tests_passed } => mutants::run(one.as_deref(), tests_passed),
        }
    }
}

fn words_after(task: &str) -> Vec<OsString> {
    env::args_os()
        .skip_while(|word| word != task)
        .skip(1)
        .collect()
}

fn main() -> ExitCode {
    match Arguments::parse().task.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            process::print_line(&format!("error: {}", failure.with_sources()));
            ExitCode::FAILURE
        }
    }
}
