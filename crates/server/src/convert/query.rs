use seatkeeper_domain::{ProductId, UserFilter, UserOrder};
use seatkeeper_proto::v1::ErrorReason;

use crate::error::FieldError;

/// Parses a filter of users; `None` when it is empty.
pub(crate) fn filter(
    field: &str,
    given: &str,
) -> Result<Option<UserFilter<ProductId>>, FieldError> {
    UserFilter::parse(given).map_err(|error| {
        FieldError::new(field, ErrorReason::FilterSyntax, error.to_string())
            .with("position", error.position)
            .with("given", clipped(given))
    })
}

/// Parses a sort order of users.
pub(crate) fn order(field: &str, given: &str) -> Result<UserOrder, FieldError> {
    UserOrder::parse(given).map_err(|error| {
        FieldError::new(field, ErrorReason::OrderByInvalid, error.to_string())
            .with("given", clipped(given))
    })
}

/// The part of an invalid text that its error repeats.
fn clipped(text: &str) -> String {
    text.chars().take(256).collect()
}
