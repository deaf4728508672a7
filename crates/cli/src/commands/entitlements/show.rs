use clap::Args;
use seatkeeper_proto::v1::{Entitlement, GetEntitlementRequest, purchase};

use super::{Parent, time};
use crate::client::{ProductIndex, Session};
use crate::output::{Output, count, table};
use crate::{CliError, Exit, identifier};

/// Show one entitlement and its purchases.
#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    parent: Parent,
    /// The product, by identifier or part number.
    #[arg(long)]
    product: String,
}

impl Show {
    pub(super) async fn run(self, session: &Session, out: &mut Output) -> Result<Exit, CliError> {
        let index = ProductIndex::load(session).await?;
        let product = identifier::last(&index.find(&self.product)?.name);
        let request = GetEntitlementRequest {
            name: identifier::entitlement(&self.parent.customer, product),
        };
        let answer = session.entitlements().get_entitlement(request).await?;
        let entitlement = answer.into_inner().entitlement;
        let entitlement = entitlement.ok_or(CliError::Incomplete("entitlement"))?;
        super::show(std::slice::from_ref(&entitlement), &index, out);
        if !out.is_json() {
            print_purchases(&entitlement, out);
        }
        Ok(Exit::Success)
    }
}

fn print_purchases(entitlement: &Entitlement, out: &mut Output) {
    let rows = entitlement.purchases.iter().map(|one| {
        [
            one.purchase_id.clone(),
            count(one.seat_count),
            state(one.state()).to_owned(),
            time::or(one.start_time.as_ref(), ""),
            time::or(one.end_time.as_ref(), "never"),
            time::or(one.grace_end_time.as_ref(), "never"),
        ]
    });
    let titles = [
        "purchase",
        "#seats",
        "state",
        "start",
        "end",
        "end of grace",
    ];
    out.print("");
    out.print(table(titles, rows).trim_fmt());
    if entitlement.unusable_count > 0 {
        out.print(format_args!(
            "\n{} licenses exceed the usable seats",
            count(entitlement.unusable_count)
        ));
    }
    if !entitlement.buy_more_uri.is_empty() {
        out.print(format_args!("\nbuy more: {}", entitlement.buy_more_uri));
    }
}

fn state(state: purchase::State) -> &'static str {
    match state {
        purchase::State::Unspecified => "",
        purchase::State::Scheduled => "scheduled",
        purchase::State::Active => "active",
        purchase::State::Warning => "in grace",
        purchase::State::Suspended => "suspended",
        purchase::State::LockedOut => "locked out",
    }
}
