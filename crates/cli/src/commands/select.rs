//! `seatkeeper select`.

mod change;
mod create;
mod list;
mod view;

use clap::{Args, Subcommand};

use crate::client::{ClientOptions, Session};
use crate::output::Output;
use crate::{CliError, Exit, identifier};

/// `seatkeeper select`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  Collect users over several commands, then assign a product to them:
    seatkeeper select create ticked --customer contoso --user ann --user bob
    seatkeeper select add ticked --customer contoso --filter 'department = \"Sales\"'
    seatkeeper select users ticked --customer contoso --order-by display_name
    seatkeeper assign --customer contoso --product SPE_E3 --selection ticked
  All users except those:
    seatkeeper select create everybody --customer contoso --all
    seatkeeper select combine others difference everybody ticked --customer contoso")]
pub(crate) struct Select {
    #[command(flatten)]
    pub(crate) client: ClientOptions,
    #[command(subcommand)]
    action: Action,
}

/// Selects the customer of the selections.
#[derive(Debug, Args)]
struct Parent {
    /// The customer's identifier.
    #[arg(long, value_parser = identifier::parse)]
    customer: String,
}

/// Selects one selection of a customer.
#[derive(Debug, Args)]
struct Target {
    /// The selection's identifier.
    #[arg(value_parser = identifier::parse)]
    selection: String,
    #[command(flatten)]
    parent: Parent,
}

#[derive(Debug, Subcommand)]
enum Action {
    Create(create::Create),
    Add(change::Add),
    Remove(change::Remove),
    Combine(create::Combine),
    Update(create::Update),
    List(list::List),
    Show(list::Show),
    Users(list::Users),
    Delete(list::Delete),
}

impl Select {
    pub(crate) async fn run(self, out: &mut Output) -> Result<Exit, CliError> {
        let session = Session::open(&self.client).await?;
        match self.action {
            Action::Create(action) => action.run(&session, out).await?,
            Action::Add(action) => action.run(&session, out).await?,
            Action::Remove(action) => action.run(&session, out).await?,
            Action::Combine(action) => action.run(&session, out).await?,
            Action::Update(action) => action.run(&session, out).await?,
            Action::List(action) => action.run(&session, out).await?,
            Action::Show(action) => action.run(&session, out).await?,
            Action::Users(action) => action.run(&session, out).await?,
            Action::Delete(action) => action.run(&session, out).await?,
        }
        Ok(Exit::Success)
    }
}

impl Target {
    /// The selection's resource name.
    fn name(&self) -> String {
        identifier::selection(&self.parent.customer, &self.selection)
    }
}
