//! The demonstration: a server, a client, and a company with license problems.
//!
//! Every step shows a command and runs it through the parser of the command line, against a real
//! server on a loopback port. It then checks the result.

mod check;
mod people;
mod runner;
mod tour;

use crate::CliError;
use crate::output::Output;

use runner::Runner;

/// Runs the demonstration to its end.
pub(crate) async fn run(stay: bool, out: &mut Output) -> Result<(), CliError> {
    let mut runner = Runner::start(out).await?;
    let done = tour::run(&mut runner).await;
    if stay && done.is_ok() {
        runner.wait_for_interrupt().await?;
    }
    runner.shut_down().await;
    done
}
