//! `seatkeeper catalog`.

mod import;
mod products;
mod show;

use clap::{Args, Subcommand};

use crate::client::{ClientOptions, Session};
use crate::output::Output;
use crate::{CliError, Exit};

/// `seatkeeper catalog`.
#[derive(Debug, Args)]
pub(crate) struct Catalog {
    #[command(flatten)]
    pub(crate) client: ClientOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Import(import::Import),
    Products(products::Products),
    Show(show::Show),
}

impl Catalog {
    pub(crate) async fn run(self, out: &mut Output) -> Result<Exit, CliError> {
        let session = Session::open(&self.client).await?;
        match self.action {
            Action::Import(action) => action.run(&session, out).await,
            Action::Products(action) => action.run(&session, out).await,
            Action::Show(action) => action.run(&session, out).await,
        }
    }
}
