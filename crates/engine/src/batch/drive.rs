use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use seatkeeper_domain::{BatchKey, BatchMode, RelevantProducts, Timestamp};
use seatkeeper_fault::{Point, pass};
use seatkeeper_store::{Batch, CustomerTx};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::Place;
use super::chunk::{ChunkWork, Step};
use super::hub::{Latest, Topic};
use super::pace::Pace;
use super::read_ahead::{Quiet, ReadAhead};
use super::slots::BatchSlot;
use super::task::Judge;
use super::turns::Turn;
use crate::engine::Shared;
use crate::transact::Work;
use crate::{Engine, EngineResult};

/// The longest pause between tries while the store does not answer.
pub(super) const RETRY_PAUSE_MAX: Duration = Duration::from_secs(1);

impl Shared {
    /// Sets a batch going that this server has claimed under `epoch`. Does nothing when it is
    /// being driven already.
    pub(super) fn drive(self: &Arc<Self>, place: Place, epoch: i64, slot: Option<BatchSlot>) {
        let mut driving = self.batches.driving();
        let slot = slot.map(BatchSlot::with_worker);
        match driving.entry(place) {
            Entry::Vacant(entry) => entry.insert(slot),
            Entry::Occupied(mut entry) => {
                // A worker took the batch up between its acceptance and this.
                if slot.is_some() {
                    entry.insert(slot);
                }
                return;
            }
        };
        drop(driving);
        let driver = Driver {
            topic: self.batches.hub.topic(place),
            shared: Arc::clone(self),
            place,
            epoch,
        };
        self.batches.tasks.spawn(driver.run());
    }

    /// Waits, and says whether the server began to stop meanwhile.
    pub(super) async fn stopped_within(&self, pause: Duration) -> bool {
        let stopped = self.batches.stop.cancelled();
        tokio::time::timeout(pause, stopped).await.is_ok()
    }
}

/// Drives one batch to its end, or until it is lost or the server stops.
struct Driver {
    shared: Arc<Shared>,
    place: Place,
    epoch: i64,
    topic: Arc<Topic>,
}

impl Drop for Driver {
    fn drop(&mut self) {
        let batches = &self.shared.batches;
        batches.driving().remove(&self.place);
    }
}

impl Driver {
    async fn run(self) {
        let mut pause = Duration::from_millis(20);
        loop {
            match self.run_chunks().await {
                Ok(Driven::Done) => break,
                Ok(Driven::Stopped) => {
                    self.release().await;
                    break;
                }
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        batch = self.place.1.0,
                        "a batch is held up; trying again"
                    );
                    if self.shared.stopped_within(pause).await {
                        break;
                    }
                    pause = (pause * 2).min(RETRY_PAUSE_MAX);
                }
            }
        }
    }

    /// Commits chunk after chunk and tells the followers of each.
    async fn run_chunks(&self) -> EngineResult<Driven> {
        let (customer, batch) = self.place;
        let Some(batch) = self.shared.store.batch(customer, batch).await? else {
            return Ok(Driven::Done);
        };
        let mut judge = self.judge(&batch).await?;
        let relevant = judge.relevant();
        let reads_ahead = batch.spec.mode != BatchMode::AllOrNothing;
        let mut quiet = Quiet::unknown();
        let limits = &self.shared.limits;
        let mut pace = Pace::new(limits.chunk_segments_max, limits.chunk_time);
        let mut next = None;
        if reads_ahead {
            next = self.read_ahead(batch.processed_count, &pace, &relevant);
        }
        loop {
            if self.shared.batches.stop.is_cancelled() {
                return Ok(Driven::Stopped);
            }
            let ahead = match next.take() {
                Some(reading) => reading.await.unwrap_or_default(),
                None => None,
            };
            let Some(turn) = self.turn().await else {
                return Ok(Driven::Stopped);
            };
            next = ahead
                .as_ref()
                .and_then(|ahead| self.read_ahead(ahead.end(), &pace, &relevant));
            let work = self.work(judge, &pace, ahead, quiet);
            pass(Point::ChunkBegun);
            let begun = Instant::now();
            let done = self.shared.transact(self.place.0, work).await?;
            drop(turn);
            let Some((work, step)) = done else {
                return Ok(Driven::Done);
            };
            pass(Point::ChunkCommitted);
            judge = work.judge;
            match step {
                Step::Chunk {
                    changes,
                    before,
                    after,
                    ended,
                } => {
                    pace.took(begun.elapsed());
                    quiet.wrote(before, after);
                    if next.is_none() && reads_ahead {
                        next = self.read_ahead(changes.last_result(), &pace, &relevant);
                    }
                    self.publish(Some(changes), ended);
                    if ended {
                        return Ok(Driven::Done);
                    }
                }
                Step::Waiting => self.wait_for_users().await,
                Step::Whole | Step::Ended => {
                    self.publish(None, true);
                    return Ok(Driven::Done);
                }
                Step::Lost => {
                    tracing::info!(batch = self.place.1.0, "another server took a batch over");
                    return Ok(Driven::Done);
                }
            }
        }
    }

    fn work(&self, judge: Judge, pace: &Pace, ahead: Option<ReadAhead>, quiet: Quiet) -> ChunkWork {
        let limits = &self.shared.limits;
        ChunkWork {
            batch: self.place.1,
            owner: self.shared.owner.clone(),
            epoch: self.epoch,
            judge,
            lease: limits.lease,
            now: self.shared.clock.now(),
            segments: pace.segments(),
            ahead,
            quiet,
            purchases_max: limits.purchases_per_entitlement_max,
        }
    }

    /// Tells followers here, and then those on other servers.
    fn publish(&self, chunk: Latest, ended: bool) {
        self.topic.publish(chunk, ended);
        self.shared.batches.outbox.note(self.place);
    }

    /// Waits until a chunk of this batch may be carried out; `None` when the server stops.
    async fn turn(&self) -> Option<Turn> {
        let batches = &self.shared.batches;
        tokio::select! {
            biased;
            () = batches.stop.cancelled() => None,
            turn = batches.turns.take(self.place.0) => Some(turn),
        }
    }

    /// Begins to read a chunk before its turn, unless this server reads as many as it may.
    fn read_ahead(
        &self,
        position: i64,
        pace: &Pace,
        relevant: &RelevantProducts,
    ) -> Option<JoinHandle<Option<ReadAhead>>> {
        let permits = Arc::clone(&self.shared.batches.read_ahead);
        let permit = permits.try_acquire_owned().ok()?;
        let segments = pace.segments();
        Some(ReadAhead::start(
            &self.shared,
            self.place,
            position,
            segments,
            relevant.clone(),
            permit,
        ))
    }

    async fn judge(&self, batch: &Batch) -> EngineResult<Judge> {
        let engine = Engine {
            shared: Arc::clone(&self.shared),
        };
        let catalog = engine.catalog_version(batch.spec.catalog_version).await?;
        Ok(Judge::new(&batch.spec, catalog))
    }

    /// Waits until users arrive, or until the lease wants renewing.
    async fn wait_for_users(&self) {
        tokio::select! {
            biased;
            () = self.topic.intake.notified() => {}
            () = self.shared.batches.stop.cancelled() => {}
            () = tokio::time::sleep(self.shared.limits.lease / 3) => {}
        }
    }

    /// Lets another server go on at once instead of when the lease has run out.
    async fn release(&self) {
        pass(Point::ReleaseBegun);
        let work = Release {
            batch: self.place.1,
            epoch: self.epoch,
            until: self.shared.clock.now(),
        };
        if let Err(error) = self.shared.transact(self.place.0, work).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, batch = self.place.1.0, "could not release a lease");
        }
    }
}

enum Driven {
    Done,
    Stopped,
}

struct Release {
    batch: BatchKey,
    epoch: i64,
    until: Timestamp,
}

#[async_trait]
impl Work for Release {
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
        pass(Point::ReleaseWritten);
        Ok(())
    }
}
