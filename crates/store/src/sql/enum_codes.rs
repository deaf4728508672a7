//! The integers of stored enumerations. Numbers are never reused.

use seatkeeper_domain::{BatchState, ProductKey, UsageLocation, UserState};

use super::error::corrupt;
use crate::StoreResult;

/// The unfinished batch states, which are literals of a partial index.
pub(super) const UNFINISHED: [i16; 2] = [
    batch_state(BatchState::Preparing),
    batch_state(BatchState::Running),
];

/// The state of an ended batch that is being removed. Only [`crate::Store::ended_batches`] returns
/// it.
pub(super) const REMOVED: i16 = 5;

pub(super) const fn batch_state(state: BatchState) -> i16 {
    match state {
        BatchState::Preparing => 1,
        BatchState::Running => 2,
        BatchState::Succeeded => 3,
        BatchState::Cancelled => 4,
    }
}

pub(super) fn parse_batch_state(code: i16) -> Option<BatchState> {
    match code {
        1 => Some(BatchState::Preparing),
        2 => Some(BatchState::Running),
        3 => Some(BatchState::Succeeded),
        4 => Some(BatchState::Cancelled),
        _ => None,
    }
}

pub(super) const fn user_state(state: UserState) -> i16 {
    match state {
        UserState::Active => 1,
        UserState::Blocked => 2,
    }
}

pub(super) fn parse_user_state(code: i64) -> Option<UserState> {
    match code {
        1 => Some(UserState::Active),
        2 => Some(UserState::Blocked),
        _ => None,
    }
}

/// The location's country code; empty when unknown, so that comparisons never yield NULL.
pub(super) fn location(location: Option<UsageLocation>) -> String {
    location.map_or_else(String::new, |location| location.as_str().to_owned())
}

/// Parses the text of [`location`]; `None` when it is neither empty nor a country code.
#[expect(
    clippy::option_option,
    reason = "an unknown location is a valid value too"
)]
pub(super) fn parse_location(text: &str) -> Option<Option<UsageLocation>> {
    if text.is_empty() {
        return Some(None);
    }
    UsageLocation::parse(text).ok().map(Some)
}

pub(super) fn product(product: ProductKey) -> StoreResult<i32> {
    i32::try_from(product.0)
        .map_err(|_| corrupt("products", product, "the product's key is out of range"))
}

pub(super) fn parse_product(key: i32) -> Option<ProductKey> {
    u32::try_from(key).ok().map(ProductKey)
}
