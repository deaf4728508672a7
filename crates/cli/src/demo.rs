//! The demonstration: a server, a client, and a company with license trouble.
//!
//! Every step runs the very command that it shows, through the same parser, against a real server
//! on a loopback port, and checks what came of it.

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
    runner.shut_down().await?;
    done
}
