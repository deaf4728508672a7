use clap::Args;
use prost_types::Timestamp;
use seatkeeper_proto::v1::RenewPurchaseRequest;

use super::{Parent, show, time};
use crate::client::{ProductIndex, Session};
use crate::output::Output;
use crate::{CliError, Exit, identifier};

/// Change the end of a purchase, to extend its seats or to reactivate lapsed ones.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  seatkeeper entitlements renew --customer contoso --product SPE_E3 --purchase-id order-1 --end 2031-01-01T00:00:00Z

To list purchases and their ends: seatkeeper entitlements show")]
pub(crate) struct Renew {
    #[command(flatten)]
    parent: Parent,
    /// The product, by identifier or part number.
    #[arg(long)]
    product: String,
    /// The purchase's identifier.
    #[arg(long, value_name = "ID", value_parser = identifier::parse)]
    purchase_id: String,
    /// When the seats lapse from now on (RFC 3339); default: never.
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    end: Option<Timestamp>,
    /// Idempotency key: makes a repeated command safe.
    #[arg(long, value_name = "ID", value_parser = identifier::parse)]
    request_id: Option<String>,
}

impl Renew {
    pub(super) async fn run(self, session: &Session, out: &mut Output) -> Result<Exit, CliError> {
        let index = ProductIndex::load(session).await?;
        let product = identifier::last(&index.find(&self.product)?.name);
        let request = RenewPurchaseRequest {
            name: identifier::entitlement(&self.parent.customer, product),
            purchase_id: self.purchase_id.clone(),
            end_time: self.end,
            request_id: self.request_id.unwrap_or_default(),
            ..RenewPurchaseRequest::default()
        };
        let answer = session.entitlements().renew_purchase(request).await?;
        let entitlement = answer.into_inner().entitlement;
        let entitlement = entitlement.ok_or(CliError::Incomplete("entitlement"))?;
        out.print(format_args!(
            "purchase {} ends: {}",
            self.purchase_id,
            time::or(self.end.as_ref(), "never")
        ));
        show(&[entitlement], &index, out);
        Ok(Exit::Success)
    }
}
