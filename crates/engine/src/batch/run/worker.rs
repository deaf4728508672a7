use std::collections::hash_map::Entry;
use std::sync::Arc;

use async_trait::async_trait;
use seatkeeper_domain::{BatchKey, BatchMode, RelevantProducts, Timestamp};
use seatkeeper_failpoints::{Point, fail_point};
use seatkeeper_store::{Batch, CustomerTx};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::chunk::Step;
use super::chunk_size::AdaptiveChunkSize;
use super::chunk_transaction::ChunkTransaction;
use super::decider::Decider;
use super::prefetch::{PrefetchValidity, PrefetchedChunk};
use super::scheduler::ChunkPermit;
use crate::batch::accept::slots::BatchSlot;
use crate::batch::address::BatchAddress;
use crate::batch::follow::topics::{LatestChunk, Topic};
use crate::engine::Core;
use crate::transaction::Transaction;
use crate::{Engine, EngineResult};

impl Engine {
    /// Spawns the worker of a batch that this server has claimed with `epoch`. Does nothing when
    /// the batch already has a worker.
    pub(crate) fn spawn_worker(&self, address: BatchAddress, epoch: i64, slot: Option<BatchSlot>) {
        let mut workers = self.core.batches.workers();
        let slot = slot.map(BatchSlot::with_worker);
        match workers.entry(address) {
            Entry::Vacant(entry) => entry.insert(slot),
            Entry::Occupied(mut entry) => {
                // Recovery spawned a worker between the batch's acceptance and this call.
                if slot.is_some() {
                    entry.insert(slot);
                }
                return;
            }
        };
        drop(workers);
        let worker = BatchWorker {
            topic: self.core.batches.topics.topic(address),
            engine: self.clone(),
            address,
            epoch,
        };
        self.core.tasks.spawn(worker.run());
    }
}

/// Runs one batch until it ends, another server claims it, or this server stops.
struct BatchWorker {
    engine: Engine,
    address: BatchAddress,
    epoch: i64,
    topic: Arc<Topic>,
}

impl Drop for BatchWorker {
    fn drop(&mut self) {
        let batches = &self.engine.core.batches;
        batches.workers().remove(&self.address);
    }
}

impl BatchWorker {
    async fn run(self) {
        let mut attempt = 1;
        loop {
            match self.run_chunks().await {
                Ok(Exit::Done) => break,
                Ok(Exit::Stopped) => {
                    self.release().await;
                    break;
                }
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        batch = self.address.1.0,
                        "could not run a batch; retrying"
                    );
                    if self.engine.core.tasks.stopping_before_retry(attempt).await {
                        break;
                    }
                    attempt += 1;
                }
            }
        }
    }

    /// Commits one chunk after another and notifies the followers of each.
    async fn run_chunks(&self) -> EngineResult<Exit> {
        let (customer, batch) = self.address;
        let Some(batch) = self.engine.core.store.batch(customer, batch).await? else {
            return Ok(Exit::Done);
        };
        let mut decider = self.decider(&batch).await?;
        let relevant = decider.relevant();
        let may_prefetch = batch.spec.mode != BatchMode::AllOrNothing;
        let mut validity = PrefetchValidity::unknown();
        let limits = &self.engine.core.limits;
        let mut chunk_size = AdaptiveChunkSize::new(limits.chunk_segments_max, limits.chunk_time);
        let mut next = None;
        if may_prefetch {
            next = self.prefetch(batch.processed_count, &chunk_size, &relevant);
        }
        loop {
            if self.engine.core.tasks.is_stopping() {
                return Ok(Exit::Stopped);
            }
            let prefetched = match next.take() {
                Some(reading) => reading.await.unwrap_or_default(),
                None => None,
            };
            let Some(permit) = self.permit().await else {
                return Ok(Exit::Stopped);
            };
            next = prefetched
                .as_ref()
                .and_then(|prefetched| self.prefetch(prefetched.end(), &chunk_size, &relevant));
            let transaction = self.chunk_transaction(decider, &chunk_size, prefetched, validity);
            fail_point(Point::ChunkBegun);
            let begun = Instant::now();
            let done = self.engine.transact(self.address.0, transaction).await?;
            drop(permit);
            let Some((transaction, step)) = done else {
                return Ok(Exit::Done);
            };
            fail_point(Point::ChunkCommitted);
            decider = transaction.decider;
            match step {
                Step::Chunk {
                    changes,
                    before,
                    after,
                    ended,
                } => {
                    chunk_size.record(begun.elapsed());
                    validity.wrote(before, after);
                    if next.is_none() && may_prefetch {
                        next = self.prefetch(changes.last_result(), &chunk_size, &relevant);
                    }
                    self.publish(Some(changes), ended);
                    if ended {
                        return Ok(Exit::Done);
                    }
                }
                Step::Waiting => self.wait_for_users().await,
                Step::AllOrNothing | Step::Ended => {
                    self.publish(None, true);
                    return Ok(Exit::Done);
                }
                Step::Lost => {
                    tracing::info!(batch = self.address.1.0, "another server claimed the batch");
                    return Ok(Exit::Done);
                }
            }
        }
    }

    fn chunk_transaction(
        &self,
        decider: Decider,
        chunk_size: &AdaptiveChunkSize,
        prefetched: Option<PrefetchedChunk>,
        validity: PrefetchValidity,
    ) -> ChunkTransaction {
        let limits = &self.engine.core.limits;
        ChunkTransaction {
            batch: self.address.1,
            owner: self.engine.core.owner.clone(),
            epoch: self.epoch,
            decider,
            lease: limits.lease,
            now: self.engine.core.clock.now(),
            segments: chunk_size.segments(),
            prefetched,
            validity,
            purchases_max: limits.purchases_per_entitlement_max,
        }
    }

    /// Notifies the followers on this server, then those on other servers.
    fn publish(&self, chunk: LatestChunk, ended: bool) {
        self.topic.publish(chunk, ended);
        self.engine
            .core
            .batches
            .pending_notifications
            .add(self.address);
    }

    /// Waits for the permit to run a chunk of this batch; `None` when the server stops.
    async fn permit(&self) -> Option<ChunkPermit> {
        let Core { tasks, batches, .. } = &*self.engine.core;
        tokio::select! {
            biased;
            () = tasks.stopping() => None,
            permit = batches.scheduler.acquire(self.address.0) => Some(permit),
        }
    }

    /// Starts to prefetch a chunk, unless this server has reached its limit of prefetched chunks.
    fn prefetch(
        &self,
        position: i64,
        chunk_size: &AdaptiveChunkSize,
        relevant: &RelevantProducts,
    ) -> Option<JoinHandle<Option<PrefetchedChunk>>> {
        let permits = Arc::clone(&self.engine.core.batches.prefetch_permits);
        let permit = permits.try_acquire_owned().ok()?;
        let segments = chunk_size.segments();
        Some(PrefetchedChunk::start(
            &self.engine,
            self.address,
            position,
            segments,
            relevant.clone(),
            permit,
        ))
    }

    async fn decider(&self, batch: &Batch) -> EngineResult<Decider> {
        let catalog = self
            .engine
            .catalog_version(batch.spec.catalog_version)
            .await?;
        Ok(Decider::new(&batch.spec, catalog))
    }

    /// Waits until users arrive or the lease must be renewed.
    async fn wait_for_users(&self) {
        tokio::select! {
            biased;
            () = self.topic.worker_wakeup.notified() => {}
            () = self.engine.core.tasks.stopping() => {}
            () = tokio::time::sleep(self.engine.core.limits.lease / 3) => {}
        }
    }

    /// Releases the lease, so that another server can claim the batch before the lease expires.
    async fn release(&self) {
        fail_point(Point::ReleaseBegun);
        let transaction = Release {
            batch: self.address.1,
            epoch: self.epoch,
            until: self.engine.core.clock.now(),
        };
        if let Err(error) = self.engine.transact(self.address.0, transaction).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, batch = self.address.1.0, "could not release a lease");
        }
    }
}

enum Exit {
    Done,
    Stopped,
}

struct Release {
    batch: BatchKey,
    epoch: i64,
    until: Timestamp,
}

#[async_trait]
impl Transaction for Release {
    type Output = ();

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<()> {
        let Some(mut batch) = tx.batch(self.batch).await? else {
            return Ok(());
        };
        if batch.lease.epoch != self.epoch || batch.state.is_final() {
            return Ok(());
        }
        batch.lease.owner = None;
        batch.lease.until = Some(self.until);
        tx.save_batch(&batch).await?;
        fail_point(Point::ReleaseWritten);
        Ok(())
    }
}
