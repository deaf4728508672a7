use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use crate::batch::address::BatchAddress;

/// The batches that other servers are to be notified of: at most the batches with a worker here.
#[derive(Default)]
pub(crate) struct PendingNotifications {
    /// Whether the store can notify other servers.
    is_open: AtomicBool,
    addresses: Mutex<HashSet<BatchAddress>>,
    added: Notify,
}

impl PendingNotifications {
    /// Adds a batch that has new results.
    pub(crate) fn add(&self, address: BatchAddress) {
        if self.is_open.load(Ordering::Relaxed) {
            let mut addresses = self
                .addresses
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            addresses.insert(address);
            drop(addresses);
            self.added.notify_one();
        }
    }

    /// Collects batches from now on: the store can notify other servers.
    pub(super) fn open(&self) {
        self.is_open.store(true, Ordering::Relaxed);
    }

    /// Waits until there are batches, and takes them.
    pub(super) async fn next(&self) -> Vec<BatchAddress> {
        self.added.notified().await;
        self.take()
    }

    fn take(&self) -> Vec<BatchAddress> {
        let mut addresses = self
            .addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        addresses.drain().collect()
    }
}
