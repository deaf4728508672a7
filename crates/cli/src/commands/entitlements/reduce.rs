use clap::Args;
use seatkeeper_proto::v1::ReduceSeatsRequest;

use super::{Parent, show};
use crate::client::{ProductBook, Session};
use crate::output::{Output, message_json, number_of};
use crate::{CliError, Exit, identifier};

/// Give seats back, never below what users hold, unless some give up theirs.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  seatkeeper entitlements reduce --customer contoso --product SPE_E3 --seats 1 --giving-up ann")]
pub(crate) struct Reduce {
    #[command(flatten)]
    parent: Parent,
    /// The product, by identifier or part number.
    #[arg(long)]
    product: String,
    /// How many seats to give back.
    #[arg(long, value_name = "N")]
    seats: i64,
    /// The purchase to take them from; the newest when left out, then the one before.
    #[arg(long, value_name = "ID", value_parser = identifier::parse)]
    purchase_id: Option<String>,
    /// A user who gives up the seat; may be given several times.
    #[arg(long, value_name = "USER", value_parser = identifier::parse)]
    giving_up: Vec<String>,
    /// A key that makes it safe to run the same command again: nothing is given back twice.
    #[arg(long, value_name = "ID", value_parser = identifier::parse)]
    request_id: Option<String>,
}

impl Reduce {
    pub(super) async fn run(self, session: &Session, out: &mut Output) -> Result<Exit, CliError> {
        let book = ProductBook::load(session).await?;
        let product = identifier::last(&book.find(&self.product)?.name);
        let customer = &self.parent.customer;
        let users = self.giving_up.iter();
        let request = ReduceSeatsRequest {
            name: identifier::entitlement(customer, product),
            seat_count: self.seats,
            purchase_id: self.purchase_id.unwrap_or_default(),
            users_giving_up: users.map(|user| identifier::user(customer, user)).collect(),
            request_id: self.request_id.unwrap_or_default(),
            ..ReduceSeatsRequest::default()
        };
        let answer = session
            .entitlements()
            .reduce_seats(request)
            .await?
            .into_inner();
        let entitlement = answer.entitlement;
        let entitlement = entitlement.ok_or(CliError::Incomplete("entitlement"))?;
        out.say(format_args!("gave back {}", number_of(self.seats, "seat")));
        for result in &answer.results {
            if out.is_json() {
                out.object(&message_json("UserResult", result));
            } else {
                let user = identifier::last(&result.user);
                out.say(format_args!("{user} gave up the seat"));
            }
        }
        show(&[entitlement], &book, out);
        Ok(Exit::Success)
    }
}
