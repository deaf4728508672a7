//! `seatkeeper revoke`.

use clap::Args;
use seatkeeper_proto::v1::Change;

use super::change::{BatchOptions, NewBatch, UserChoice, start};
use crate::client::{ClientOptions, ProductIndex, Session};
use crate::output::Output;
use crate::{CliError, Exit, identifier};

/// `seatkeeper revoke`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  seatkeeper revoke --customer contoso --product SPE_E3 --users-file leavers.txt

A product that another license of the user needs can't be revoked alone: revoke both in one step.
To replace a product in one step, see `seatkeeper assign --help` (swap).")]
pub(crate) struct Revoke {
    /// The customer's identifier.
    #[arg(long, value_parser = identifier::parse)]
    customer: String,

    /// A product to revoke, by identifier or part number; may be given several times.
    #[arg(long = "product", value_name = "PRODUCT", required = true)]
    products: Vec<String>,

    #[command(flatten)]
    users: UserChoice,
    #[command(flatten)]
    options: BatchOptions,
    #[command(flatten)]
    client: ClientOptions,
}

impl Revoke {
    pub(crate) fn client(&self) -> &ClientOptions {
        &self.client
    }

    pub(crate) async fn run(self, out: &mut Output) -> Result<Exit, CliError> {
        let session = Session::open(&self.client).await?;
        let index = ProductIndex::load(&session).await?;
        let mut change = Change::default();
        for given in &self.products {
            change.revoke.push(index.find(given)?.name.clone());
        }
        let batch = NewBatch {
            customer: self.customer,
            change,
            users: self.users.read()?,
            options: self.options,
        };
        start(&session, index, batch, out).await
    }
}
