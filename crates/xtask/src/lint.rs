//! The checks that are not tests, fastest first.

use crate::process::{self, cargo, heading};
use crate::{Failure, contract, layers, mutants};

/// Runs all checks and stops at the first failure.
pub(crate) fn run() -> Result<(), Failure> {
    heading("format");
    process::run(cargo().args(["fmt", "--all", "--check"]))?;
    heading("layers");
    layers::run()?;
    heading("patches of mutants");
    mutants::check_patches()?;
    heading("contract");
    contract::check()?;
    heading("clippy");
    process::run(
        cargo()
            .args(["clippy", "--workspace", "--all-targets"])
            .args(["--", "-D", "warnings"]),
    )?;
    heading("documentation");
    process::run(
        cargo()
            .args([
                "doc",
                "--workspace",
                "--no-deps",
                "--document-private-items",
            ])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )
}
