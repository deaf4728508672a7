//! The demonstration: a server, a client, and a company with license trouble.
//!
//! Every step runs the very command that it shows, through the same parser, against a real server
//! on a loopback port, and checks what came of it.

mod check;
mod people;
mod stage;
mod tour;

use crate::CliError;
use crate::output::Output;

use stage::Stage;

/// Runs the demonstration to its end.
pub(crate) async fn run(stay: bool, out: &mut Output) -> Result<(), CliError> {
    let mut stage = Stage::set(out).await?;
    let done = tour::run(&mut stage).await;
    if stay && done.is_ok() {
        stage.wait_for_interrupt().await?;
    }
    stage.clear().await?;
    done
}
