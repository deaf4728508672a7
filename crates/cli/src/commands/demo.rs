//! `seatkeeper demo`.

use clap::Args;

use crate::demo;
use crate::output::Output;
use crate::{CliError, Exit};

/// `seatkeeper demo`.
///
/// Starts a server on a free loopback port with a temporary database, and walks through the main
/// job: a real catalog, a customer of 10,000 users in several countries, too few seats, rules that
/// bite, the confirmation, a swap and a revocation. Each step shows the command that does it.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Leave the server running afterwards, to try commands of your own on it, until Ctrl-C.
    #[arg(long)]
    stay: bool,
}

impl Demo {
    pub(crate) async fn run(self, out: &mut Output) -> Result<Exit, CliError> {
        demo::run(self.stay, out).await?;
        Ok(Exit::Success)
    }
}
