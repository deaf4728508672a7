use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use seatkeeper_domain::CustomerKey;
use tokio::sync::OwnedMutexGuard;

/// Queues the transactions of this process per customer, before they take a connection: otherwise
/// the waiters of one customer would hold every connection of the pool.
///
/// Between processes the database's own lock decides.
#[derive(Debug, Default)]
pub(super) struct CustomerLocks {
    locks: Mutex<HashMap<CustomerKey, Weak<tokio::sync::Mutex<()>>>>,
}

/// The number of locks above which unused ones are removed, each time the map has doubled.
const SWEEP_LENGTH_MIN: usize = 1024;

impl CustomerLocks {
    /// Waits for the customer's lock, in order of arrival.
    pub(super) async fn lock(&self, customer: CustomerKey) -> OwnedMutexGuard<()> {
        self.of(customer).lock_owned().await
    }

    fn of(&self, customer: CustomerKey) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = locks.get(&customer).and_then(Weak::upgrade) {
            return lock;
        }
        if locks.len() >= SWEEP_LENGTH_MIN && locks.len() == locks.capacity() {
            locks.retain(|_, lock| lock.strong_count() > 0);
        }
        let lock = Arc::default();
        locks.insert(customer, Arc::downgrade(&lock));
        lock
    }
}
