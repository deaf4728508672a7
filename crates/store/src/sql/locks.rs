use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use seatkeeper_domain::CustomerKey;
use tokio::sync::OwnedMutexGuard;

/// Lines up those of this process who want a customer's lock, before they take a connection:
/// otherwise the waiters of one customer would hold every connection of the pool.
///
/// The database's own lock still decides between processes.
#[derive(Debug, Default)]
pub(super) struct CustomerLocks {
    locks: Mutex<HashMap<CustomerKey, Weak<tokio::sync::Mutex<()>>>>,
}

/// Forgotten locks are swept out whenever the map has doubled beyond this.
const SWEEP_LENGTH_MIN: usize = 1024;

impl CustomerLocks {
    /// Waits for the customer's turn, first come, first served.
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
