//! Polls the database once for all followers on this server: for results that another server
//! committed, and for the progress of the batches.

use std::sync::PoisonError;

use seatkeeper_store::StoreResult;
use tokio::time::Instant;

use crate::batch::address::{BatchAddress, address_of};
use crate::{Engine, EngineResult};

/// Batches that one statement polls.
const BATCHES_PER_POLL: usize = 1_000;

impl Engine {
    /// Polls the progress of the batches that are followed on this server: those with a worker
    /// elsewhere, and once per `progress_interval` all. A worker on this server publishes every
    /// chunk itself.
    pub(crate) async fn poll_progress(&self) -> EngineResult<()> {
        let all = self.is_time_to_poll_all();
        let batches = &self.core.batches;
        let followed = batches.topics.followed().into_iter();
        let addresses: Vec<BatchAddress> = followed
            .filter(|address| all || !batches.has_worker(*address))
            .collect();
        for addresses in addresses.chunks(BATCHES_PER_POLL) {
            if let Err(error) = self.poll_batches(addresses).await {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, "could not poll the progress of batches");
                // Each follower reads the batch itself and handles the error.
                for address in addresses {
                    batches.topics.notify(*address);
                }
            }
        }
        Ok(())
    }

    fn is_time_to_poll_all(&self) -> bool {
        let polled = self.core.batches.all_polled.lock();
        let mut polled = polled.unwrap_or_else(PoisonError::into_inner);
        let is_time = polled.elapsed() >= self.core.limits.progress_interval;
        if is_time {
            *polled = Instant::now();
        }
        is_time
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
