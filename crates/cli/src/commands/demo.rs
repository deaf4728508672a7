//! `seatkeeper demo`.

use clap::Args;

use crate::demo;
use crate::output::Output;
use crate::{CliError, Exit};

/// `seatkeeper demo`.
///
/// Starts a server on a free loopback port with a temporary database and runs the main use cases: a
/// real catalog, a customer with 10,000 users in several countries, too few seats, rules that
/// reject changes, the confirmation, a swap and a revocation. Each step shows its command.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Keep the server running after the demonstration until Ctrl-C, so that you can try other
    /// commands.
    #[arg(long)]
    stay: bool,
}

impl Demo {
    pub(crate) async fn run(self, out: &mut Output) -> Result<Exit, CliError> {
        demo::run(self.stay, out).await?;
        Ok(Exit::Success)
    }
}
