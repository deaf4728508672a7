//! The errors that several rooms of a batch return.

use seatkeeper_domain::{BatchId, BatchKey, CustomerId};
use seatkeeper_store::{BatchSource, BatchSpec, BatchTask, StoreError};

use crate::{EngineError, Invalid, InvalidKind, Resource, ResourceKind};

pub(crate) fn batch_not_found(customer: &CustomerId, batch: &BatchId) -> EngineError {
    EngineError::NotFound(batch_resource(customer, batch))
}

pub(crate) fn batch_resource(customer: &CustomerId, batch: &BatchId) -> Resource {
    Resource::of_customer(ResourceKind::Batch, customer, "batches", batch)
}

/// The error for a gap in a frozen selection: the database is damaged.
pub(crate) fn missing(batch: BatchKey, position: i64) -> EngineError {
    EngineError::Store(StoreError::Corrupt {
        table: "batch_segments",
        key: format!("batch {} position {position}", batch.0),
        what: "no segment starts here".to_owned(),
    })
}

/// The error for a batch without users.
pub(crate) fn no_users_error(customer: &CustomerId, spec: &BatchSpec) -> EngineError {
    match (&spec.source, &spec.task) {
        (BatchSource::Failed { batch, .. }, _) => nothing_to_retry(customer, &batch.id),
        (BatchSource::Reverted, BatchTask::Revert { batch, .. }) => {
            nothing_to_revert(customer, &batch.id)
        }
        _ => empty_selection(),
    }
}

pub(crate) fn nothing_to_retry(customer: &CustomerId, batch: &BatchId) -> EngineError {
    let name = batch_resource(customer, batch).name;
    EngineError::NothingToRetry { name }
}

pub(crate) fn nothing_to_revert(customer: &CustomerId, batch: &BatchId) -> EngineError {
    let name = batch_resource(customer, batch).name;
    EngineError::NothingToRevert { name }
}

/// The error for an empty selection. A batch without users is nearly always a mistake, so it is
/// rejected instead of finished at once.
pub(crate) fn empty_selection() -> EngineError {
    Invalid::one(
        InvalidKind::EmptySelection,
        "selection",
        "selects no user; name at least one, or widen the filter",
    )
}
