use seatkeeper_domain::{BatchKey, CustomerKey};
use seatkeeper_store::BatchProgress;

/// The address of a batch: its customer and its key.
pub(crate) type BatchAddress = (CustomerKey, BatchKey);

pub(crate) fn address_of(progress: &BatchProgress) -> BatchAddress {
    (progress.customer, progress.batch)
}

/// A number of users in memory, as a number of positions of a batch.
pub(crate) fn length(users: usize) -> i64 {
    i64::try_from(users).expect("a chunk fits memory")
}
