use std::str::FromStr;

use seatkeeper_domain::{
    BatchId, CustomerId, CustomerName, IdError, NameError, ProductId, SelectionId, ServicePlanId,
    UserId, UserName,
};
use seatkeeper_proto::v1::ErrorReason;

use crate::error::FieldError;

/// Parses a resource name.
pub(crate) fn name<N>(field: &str, text: &str) -> Result<N, FieldError>
where
    N: FromStr<Err = NameError>,
{
    text.parse().map_err(|error| name_error(field, &error))
}

/// Parses an optional resource name; `None` when it is empty.
pub(crate) fn optional_name<N>(field: &str, text: &str) -> Result<Option<N>, FieldError>
where
    N: FromStr<Err = NameError>,
{
    if text.is_empty() {
        Ok(None)
    } else {
        name(field, text).map(Some)
    }
}

/// Parses the name of a user in the directory of `customer`.
pub(crate) fn user_of(
    customer: &CustomerName,
    field: impl Fn() -> String,
    text: &str,
) -> Result<UserId, FieldError> {
    let user = UserName::parse(text).map_err(|error| name_error(&field(), &error))?;
    if user.customer == customer.customer {
        Ok(user.user)
    } else {
        Err(foreign(&field(), text, customer))
    }
}

/// The error for a resource that belongs to another customer than the request names.
pub(crate) fn foreign(field: &str, given: &str, customer: &CustomerName) -> FieldError {
    let description = format!("{given} does not belong to {customer}, which the request is about");
    FieldError::new(field, ErrorReason::InvalidResourceName, description)
        .with("name", given)
        .with("parent", customer)
}

/// Parses an identifier that the caller chooses.
pub(crate) fn id<I>(field: &str, text: &str) -> Result<I, FieldError>
where
    I: FromStr<Err = IdError>,
{
    text.parse()
        .map_err(|error| FieldError::invalid(field, format!("{error}")))
}

/// Parses an optional identifier that the caller chooses; `None` when it is empty.
pub(crate) fn optional_id<I>(field: &str, text: &str) -> Result<Option<I>, FieldError>
where
    I: FromStr<Err = IdError>,
{
    if text.is_empty() {
        Ok(None)
    } else {
        id(field, text).map(Some)
    }
}

fn name_error(field: &str, error: &NameError) -> FieldError {
    FieldError::new(field, ErrorReason::InvalidResourceName, error.to_string())
        .with("name", &error.given)
        .with("pattern", error.pattern)
}

/// Joins parts of a name; cheaper than formatting, which matters for millions of names.
fn joined(parts: &[&str]) -> String {
    let mut name = String::with_capacity(parts.iter().map(|part| part.len()).sum());
    for part in parts {
        name.push_str(part);
    }
    name
}

pub(crate) fn customer(customer: &CustomerId) -> String {
    joined(&["customers/", customer.as_str()])
}

pub(crate) fn user(customer: &CustomerId, user: &UserId) -> String {
    joined(&["customers/", customer.as_str(), "/users/", user.as_str()])
}

pub(crate) fn selection(customer: &CustomerId, selection: &SelectionId) -> String {
    joined(&[
        "customers/",
        customer.as_str(),
        "/selections/",
        selection.as_str(),
    ])
}

pub(crate) fn license(user_name: &str, product: &ProductId) -> String {
    joined(&[user_name, "/licenses/", product.as_str()])
}

pub(crate) fn entitlement(customer: &CustomerId, product: &ProductId) -> String {
    joined(&[
        "customers/",
        customer.as_str(),
        "/entitlements/",
        product.as_str(),
    ])
}

pub(crate) fn waitlist_entry(customer: &CustomerId, product: &ProductId, user: &UserId) -> String {
    let entitlement = entitlement(customer, product);
    joined(&[&entitlement, "/waitlistEntries/", user.as_str()])
}

pub(crate) fn batch(customer: &CustomerId, batch: &BatchId) -> String {
    joined(&["customers/", customer.as_str(), "/batches/", batch.as_str()])
}

pub(crate) fn journal_entry(customer: &CustomerId, sequence: i64) -> String {
    let sequence = sequence.to_string();
    joined(&[
        "customers/",
        customer.as_str(),
        "/journalEntries/",
        &sequence,
    ])
}

pub(crate) fn product(product: &ProductId) -> String {
    joined(&["products/", product.as_str()])
}

pub(crate) fn service_plan(product: &ProductId, plan: &ServicePlanId) -> String {
    joined(&[
        "products/",
        product.as_str(),
        "/servicePlans/",
        plan.as_str(),
    ])
}

/// The name of a plan that leaves the product open.
pub(crate) fn service_plan_anywhere(plan: &ServicePlanId) -> String {
    joined(&["products/-/servicePlans/", plan.as_str()])
}
