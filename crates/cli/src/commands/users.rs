//! `seatkeeper users`.

mod edit;
mod import;
mod list;
mod view;

use clap::{Args, Subcommand};

use crate::client::{ClientOptions, Session};
use crate::output::Output;
use crate::{CliError, Exit, identifier};

pub(super) use list::{print_page_tokens, show_page};

/// `seatkeeper users`.
#[derive(Debug, Args)]
pub(crate) struct Users {
    #[command(flatten)]
    pub(crate) client: ClientOptions,
    #[command(subcommand)]
    action: Action,
}

/// Selects the customer of the users.
#[derive(Debug, Args)]
struct Parent {
    /// The customer's identifier.
    #[arg(long, value_parser = identifier::parse)]
    customer: String,
}

#[derive(Debug, Subcommand)]
enum Action {
    Import(import::Import),
    List(list::List),
    Get(edit::Get),
    Create(edit::Create),
    Update(edit::Update),
    Delete(edit::Delete),
}

impl Users {
    pub(crate) async fn run(self, out: &mut Output) -> Result<Exit, CliError> {
        let session = Session::open(&self.client).await?;
        match self.action {
            Action::Import(action) => action.run(&session, out).await,
            Action::List(action) => action.run(&session, out).await,
            Action::Get(action) => action.run(&session, out).await,
            Action::Create(action) => action.run(&session, out).await,
            Action::Update(action) => action.run(&session, out).await,
            Action::Delete(action) => action.run(&session, out).await,
        }
    }
}
