use std::fmt::Debug;

use crate::StoreError;

/// A request that contradicts what is stored.
pub(super) fn corrupt(table: &'static str, key: impl Debug, what: &str) -> StoreError {
    StoreError::Corrupt {
        table,
        key: format!("{key:?}"),
        what: what.to_owned(),
    }
}
