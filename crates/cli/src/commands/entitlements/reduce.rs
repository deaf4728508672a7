use clap::Args;
use seatkeeper_proto::v1::ReduceSeatsRequest;

use super::{Parent, show};
use crate::client::{ProductIndex, Session};
use crate::output::{Output, message_json, number_of};
use crate::{CliError, Exit, identifier};

/// Give seats back; seats in use must be released with --release-user first.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  seatkeeper entitlements reduce --customer contoso --product SPE_E3 --seats 1 --release-user ann")]
pub(crate) struct Reduce {
    #[command(flatten)]
    parent: Parent,
    /// The product, by identifier or part number.
    #[arg(long)]
    product: String,
    /// Number of seats to give back.
    #[arg(long, value_name = "N")]
    seats: i64,
    /// The purchase to reduce; default: the newest, then the one before it.
    #[arg(long, value_name = "ID", value_parser = identifier::parse)]
    purchase_id: Option<String>,
    /// A user whose seat to release; may be given several times.
    #[arg(long, value_name = "USER", value_parser = identifier::parse)]
    release_user: Vec<String>,
    /// Idempotency key: a repeated command with the same key gives nothing back twice.
    #[arg(long, value_name = "ID", value_parser = identifier::parse)]
    request_id: Option<String>,
}

impl Reduce {
    pub(super) async fn run(self, session: &Session, out: &mut Output) -> Result<Exit, CliError> {
        let index = ProductIndex::load(session).await?;
        let product = identifier::last(&index.find(&self.product)?.name);
        let customer = &self.parent.customer;
        let users = self.release_user.iter();
        let request = ReduceSeatsRequest {
            name: identifier::entitlement(customer, product),
            seat_count: self.seats,
            purchase_id: self.purchase_id.unwrap_or_default(),
            release_users: users.map(|user| identifier::user(customer, user)).collect(),
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
        out.print(format_args!("gave back {}", number_of(self.seats, "seat")));
        for result in &answer.results {
            if out.is_json() {
                out.object(&message_json("UserResult", result));
            } else {
                let user = identifier::last(&result.user);
                out.print(format_args!("released the seat of {user}"));
            }
        }
        show(&[entitlement], &index, out);
        Ok(Exit::Success)
    }
}
