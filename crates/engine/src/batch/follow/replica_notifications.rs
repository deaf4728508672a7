//! Servers that share a database notify one another of batches with new results, so that followers
//! do not wait for the next poll. Polling also covers lost notifications.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use seatkeeper_store::BatchNotifications;
use tokio::sync::Notify;

use crate::Engine;
use crate::batch::BatchAddress;

/// The pause before a retry when the server could not subscribe to notifications.
const LISTEN_PAUSE: Duration = Duration::from_secs(1);

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

    fn take(&self) -> Vec<BatchAddress> {
        let mut addresses = self
            .addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        addresses.drain().collect()
    }
}

impl Engine {
    /// Subscribes to the notifications of other servers and starts to send them, if the store
    /// supports notifications.
    pub(crate) fn spawn_listener(&self) {
        let engine = self.clone();
        self.core.batches.tasks.spawn(async move {
            let stop = engine.core.batches.stop.clone();
            let _stopped = stop.run_until_cancelled(engine.listen()).await;
        });
    }

    async fn listen(&self) {
        loop {
            match self.core.store.listen().await {
                Ok(None) => return,
                Ok(Some(notifications)) => {
                    self.spawn_announcer();
                    self.receive_notifications(notifications).await;
                }
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "could not subscribe to other servers; polling");
                }
            }
            tokio::time::sleep(LISTEN_PAUSE).await;
        }
    }

    /// Wakes the followers of each notified batch, until the connection is lost.
    async fn receive_notifications(&self, mut notifications: Box<dyn BatchNotifications>) {
        while let Ok(address) = notifications.next().await {
            // If the worker is on this server, it has already notified the followers.
            if !self.has_worker(address) {
                self.core.batches.topics.notify(address);
            }
        }
    }

    fn spawn_announcer(&self) {
        if self
            .core
            .batches
            .pending_notifications
            .is_open
            .swap(true, Ordering::Relaxed)
        {
            return;
        }
        let engine = self.clone();
        self.core.batches.tasks.spawn(async move {
            let stop = engine.core.batches.stop.clone();
            let _stopped = stop.run_until_cancelled(engine.announce()).await;
        });
    }

    /// Sends pending notifications, many batches in one statement, rate-limited by
    /// `announce_interval`.
    async fn announce(&self) {
        loop {
            self.core
                .batches
                .pending_notifications
                .added
                .notified()
                .await;
            let addresses = self.core.batches.pending_notifications.take();
            if let Err(error) = self.core.store.announce(&addresses).await {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, "could not notify other servers");
            }
            tokio::time::sleep(self.core.limits.announce_interval).await;
        }
    }
}
