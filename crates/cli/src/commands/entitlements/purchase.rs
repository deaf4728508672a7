use clap::Args;
use prost_types::Timestamp;
use seatkeeper_proto::v1::PurchaseSeatsRequest;

use super::{Parent, show, time};
use crate::client::{ProductIndex, Session};
use crate::output::{Output, number_of};
use crate::{CliError, Exit, identifier};

/// Buy seats of a product.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  seatkeeper entitlements purchase --customer contoso --product SPE_E3 --seats 500 --end 2030-01-01T00:00:00Z")]
pub(crate) struct Purchase {
    #[command(flatten)]
    parent: Parent,
    /// The product, by identifier or part number.
    #[arg(long)]
    product: String,
    /// How many seats.
    #[arg(long, value_name = "N")]
    seats: i64,
    /// From when they may be assigned (RFC 3339); at once when left out.
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    start: Option<Timestamp>,
    /// When they lapse (RFC 3339); never when left out. It may be past, with a start before it.
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    end: Option<Timestamp>,
    /// The purchase's identifier; the server makes one when it is left out.
    #[arg(long = "purchase-id", value_name = "ID", value_parser = identifier::parse)]
    id: Option<String>,
    /// A key that makes it safe to run the same command again: nothing is bought twice.
    #[arg(long, value_name = "ID", value_parser = identifier::parse)]
    request_id: Option<String>,
}

impl Purchase {
    pub(super) async fn run(self, session: &Session, out: &mut Output) -> Result<Exit, CliError> {
        let index = ProductIndex::load(session).await?;
        let product = identifier::last(&index.find(&self.product)?.name);
        let request = PurchaseSeatsRequest {
            name: identifier::entitlement(&self.parent.customer, product),
            purchase_id: self.id.unwrap_or_default(),
            seat_count: self.seats,
            start_time: self.start,
            end_time: self.end,
            request_id: self.request_id.unwrap_or_default(),
            ..PurchaseSeatsRequest::default()
        };
        let answer = session
            .entitlements()
            .purchase_seats(request)
            .await?
            .into_inner();
        let entitlement = answer.entitlement;
        let entitlement = entitlement.ok_or(CliError::Incomplete("entitlement"))?;
        out.print(format_args!(
            "bought {}, purchase {}",
            number_of(self.seats, "seat"),
            answer.purchase_id
        ));
        show(&[entitlement], &index, out);
        Ok(Exit::Success)
    }
}
