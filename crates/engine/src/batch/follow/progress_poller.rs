//! Polls the database once for all followers on this server: for results that another server
//! committed, and for the progress of the batches.

use seatkeeper_store::StoreResult;
use tokio::time::Instant;

use crate::Engine;
use crate::batch::BatchAddress;

/// Batches that one statement polls.
const BATCHES_PER_POLL: usize = 1_000;

impl Engine {
    /// Spawns the task that polls progress once per `follow_interval`.
    pub(crate) fn spawn_progress_poller(&self) {
        let engine = self.clone();
        self.core.batches.tasks.spawn(async move {
            let mut polled_all = Instant::now();
            while !engine
                .stopped_within(engine.core.limits.follow_interval)
                .await
            {
                let all = polled_all.elapsed() >= engine.core.limits.progress_interval;
                if all {
                    polled_all = Instant::now();
                }
                engine.poll(all).await;
            }
        });
    }

    /// Polls the progress of the batches that are followed on this server: those with a worker
    /// elsewhere, or all. A worker on this server publishes every chunk itself.
    async fn poll(&self, all: bool) {
        let followed = self.core.batches.topics.followed();
        let followed = followed.into_iter();
        let addresses: Vec<BatchAddress> = followed
            .filter(|address| all || !self.has_worker(*address))
            .collect();
        for addresses in addresses.chunks(BATCHES_PER_POLL) {
            if let Err(error) = self.poll_batches(addresses).await {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, "could not poll the progress of batches");
                // Each follower reads the batch itself and handles the error.
                for address in addresses {
                    self.core.batches.topics.notify(*address);
                }
            }
        }
    }

    async fn poll_batches(&self, addresses: &[BatchAddress]) -> StoreResult<()> {
        let mut found = self
            .core
            .store
            .batch_progress(addresses)
            .await?
            .into_iter()
            .peekable();
        for address in addresses {
            let is_at_address = |it: &_| address_of(it) == *address;
            match found.next_if(is_at_address) {
                Some(progress) => self.core.batches.topics.record_progress(progress),
                None => self.core.batches.topics.notify(*address),
            }
        }
        Ok(())
    }
}

pub(super) fn address_of(progress: &seatkeeper_store::BatchProgress) -> BatchAddress {
    (progress.customer, progress.batch)
}
