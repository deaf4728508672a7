use std::fmt::Debug;

use crate::StoreError;

/// A request that contradicts the stored state.
pub(super) fn corrupt(table: &'static str, key: impl Debug, what: &str) -> StoreError {
    StoreError::Corrupt {
        table,
        key: format!("{key:?}"),
        what: what.to_owned(),
    }
}
