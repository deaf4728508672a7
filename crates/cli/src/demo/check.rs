//! Invariants checked after every step, with separate calls to the server.

use std::collections::BTreeMap;

use seatkeeper_proto::v1::{
    Batch, ListBatchesRequest, ListEntitlementsRequest, ListLicensesRequest, ViolationType, batch,
};

use crate::client::Session;
use crate::{CliError, identifier};

const PAGE_SIZE: i32 = 1_000;

/// Returns the newest batch of a customer after checking that its counts add up.
pub(super) async fn newest_batch(session: &Session, customer: &str) -> Result<Batch, CliError> {
    let request = ListBatchesRequest {
        parent: identifier::customer(customer),
        page_size: 1,
        ..ListBatchesRequest::default()
    };
    let answer = session.batches().list_batches(request).await?.into_inner();
    let batch = answer.batches.into_iter().next();
    let batch = batch.ok_or(CliError::Incomplete("batches"))?;
    let summary = batch.summary.clone().unwrap_or_default();
    let users =
        summary.succeeded_user_count + summary.unchanged_user_count + summary.failed_user_count;
    demand(batch.state() == batch::State::Succeeded, || {
        format!("the batch state is {:?}", batch.state())
    })?;
    demand(batch.processed_count == batch.user_count, || {
        "not every user has a result".to_owned()
    })?;
    demand(users == batch.user_count, || {
        format!("{users} users were counted of {}", batch.user_count)
    })?;
    Ok(batch)
}

/// Checks that a batch reported each of these violations.
pub(super) fn met(batch: &Batch, violations: &[ViolationType]) -> Result<(), CliError> {
    let summary = batch.summary.clone().unwrap_or_default();
    for violation in violations {
        let mut counts = summary.violation_counts.iter();
        let seen = counts.any(|one| one.violation_type() == *violation);
        demand(seen, || format!("no user failed with {violation:?}"))?;
    }
    Ok(())
}

/// Checks that no seat is oversold, and that the licenses held equal the seats assigned.
pub(super) async fn seats_add_up(session: &Session, customer: &str) -> Result<(), CliError> {
    let held = licenses_held(session, customer).await?;
    let request = ListEntitlementsRequest {
        parent: identifier::customer(customer),
        page_size: PAGE_SIZE,
        ..ListEntitlementsRequest::default()
    };
    let answer = session.entitlements().list_entitlements(request).await?;
    for one in answer.into_inner().entitlements {
        let product = &one.product;
        let licenses = held.get(product).copied().unwrap_or(0);
        demand(one.available_count >= 0, || {
            format!("{product} is oversold")
        })?;
        demand(one.assigned_count == licenses, || {
            let assigned = one.assigned_count;
            format!("{product} has {assigned} seats assigned and {licenses} licenses")
        })?;
        let sum = one.assigned_count + one.reserved_count + one.available_count;
        demand(sum == one.purchased_count, || {
            format!("the seats of {product} do not add up")
        })?;
    }
    Ok(())
}

/// Number of licenses held of each product.
async fn licenses_held(
    session: &Session,
    customer: &str,
) -> Result<BTreeMap<String, i64>, CliError> {
    let mut request = ListLicensesRequest {
        parent: identifier::user(customer, "-"),
        page_size: PAGE_SIZE,
        ..ListLicensesRequest::default()
    };
    let mut held = BTreeMap::new();
    loop {
        let answer = session.licenses().list_licenses(request.clone()).await?;
        let page = answer.into_inner();
        for license in page.licenses {
            *held.entry(license.product).or_default() += 1;
        }
        if page.next_page_token.is_empty() {
            return Ok(held);
        }
        request.page_token = page.next_page_token;
    }
}

fn demand(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), CliError> {
    if holds {
        return Ok(());
    }
    Err(CliError::Unexpected(otherwise()))
}
