//! Freezing: the users of a pending batch are stored step by step, each step in one transaction. The
//! last step accepts the batch. A batch of one step is one transaction.
//!
//! ```text
//! pending -- step --> stored -- step --> stored -- last step --> accepted, or joined
//!    `-------------------+-- error --> abandoned
//! ```
//!
//! An accepted batch runs to its end, on this server or another one. If a server stops before it
//! has accepted or abandoned a batch, recovery deletes what it had stored.

use std::sync::Arc;

use async_trait::async_trait;
use seatkeeper_domain::{
    BatchKey, BatchMode, BatchState, CompiledCatalog, CustomerKey, Effect, ShortagePolicy,
    Timestamp,
};
use seatkeeper_failpoints::{Point, fail_point};
use seatkeeper_store::{Batch, BatchSpec, CustomerTx, IdempotencyTarget, Lease, NewBatch};

use super::request::StartedBatch;
use super::reservation::reserve_seats;
use super::segment_buffer::{Part, SegmentBuffer};
use super::slots::{BatchSlot, CallerId};
use super::user_source::Source;
use crate::batch::errors::{batch_not_found, missing, no_users_error};
use crate::clock::micros;
use crate::engine::Core;
use crate::idempotency::IdempotencyKey;
use crate::transaction::Transaction;
use crate::{Engine, EngineError, EngineResult, LimitKind, Limits, Resource, ResourceKind};

/// A batch whose users are being stored; it is not accepted or abandoned yet.
pub(super) struct PendingBatch {
    engine: Engine,
    customer: CustomerKey,
    new: NewBatch,
    catalog: Arc<CompiledCatalog>,
    idempotency_key: Option<IdempotencyKey>,
    /// The key of the batch; `None` before the first step is committed.
    batch: Option<BatchKey>,
    /// Number of users stored so far.
    stored: i64,
    slot: Option<BatchSlot>,
}

impl PendingBatch {
    pub(super) fn new(
        engine: &Engine,
        customer: CustomerKey,
        caller: &CallerId,
        spec: BatchSpec,
        catalog: &Arc<CompiledCatalog>,
        idempotency_key: Option<IdempotencyKey>,
    ) -> EngineResult<Self> {
        let Core { owner, limits, .. } = &*engine.core;
        let new = NewBatch {
            id: crate::ids::batch_id(&*engine.core.ids),
            spec,
            lease: Lease {
                owner: Some(owner.clone()),
                until: Some(engine.core.clock.now().plus_micros(micros(limits.lease))),
                epoch: 1,
            },
            user_stream_open: false,
        };
        let batches = &engine.core.batches;
        let workers = batches.workers().len();
        Ok(Self {
            slot: Some(batches.slots.acquire(limits, workers, customer, caller)?),
            engine: engine.clone(),
            customer,
            new,
            catalog: Arc::clone(catalog),
            idempotency_key,
            batch: None,
            stored: 0,
        })
    }

    /// Leaves the user stream open when the batch is accepted.
    pub(super) fn with_open_user_stream(mut self) -> Self {
        self.new.user_stream_open = true;
        self
    }

    /// Freezes the users of `source` and accepts the batch, in a task of its own: a caller that
    /// disconnects must not leave a batch half accepted.
    pub(super) async fn freeze(self, source: Source) -> EngineResult<StartedBatch> {
        let engine = self.engine.clone();
        let task = engine.core.tasks.spawn(self.store_all(source));
        task.await.map_err(|_| EngineError::TaskLost)?
    }

    async fn store_all(mut self, mut source: Source) -> EngineResult<StartedBatch> {
        let started = self.store_steps(&mut source).await;
        if started.is_err() {
            self.abandon().await;
        }
        started
    }

    /// A buffer is the last one if the next read is empty; with the default limits the first buffer
    /// is the last.
    async fn store_steps(&mut self, source: &mut Source) -> EngineResult<StartedBatch> {
        let mut buffer = self.read(source, 0).await?;
        loop {
            let next = self.read(source, buffer.user_count()).await?;
            let mut step = self.step(buffer, source.duplicates(), next.is_empty())?;
            let done = self.engine.run_with_retry(self.customer, &mut step).await?;
            if let Some(started) = self.record(done)? {
                return Ok(started);
            }
            buffer = next;
        }
    }

    /// Reads the next users, which follow the stored users and `waiting` buffered ones. Returns an
    /// empty buffer when there are no more users.
    async fn read(&self, source: &mut Source, waiting: i64) -> EngineResult<SegmentBuffer> {
        let Core { store, limits, .. } = &*self.engine.core;
        let before = self.stored + waiting;
        let check = |users| check_user_count(limits, self.new.spec.mode, before + users);
        let part = if before == 0 {
            Part::First
        } else {
            Part::Later
        };
        SegmentBuffer::read(source, &**store, self.customer, limits, part, check).await
    }

    /// Runs one step in a task of its own, for a caller that may disconnect.
    pub(super) async fn store(
        &mut self,
        buffer: SegmentBuffer,
        duplicate_count: i64,
        last: bool,
    ) -> EngineResult<Option<StartedBatch>> {
        let step = self.step(buffer, duplicate_count, last)?;
        let done = self.engine.transact(self.customer, step).await?;
        self.record(done.map(|(_, outcome)| outcome))
    }

    /// The next step, which stores users. The `last` one also accepts the batch.
    fn step(
        &mut self,
        buffer: SegmentBuffer,
        duplicate_count: i64,
        last: bool,
    ) -> EngineResult<FreezeStep> {
        let Core { clock, limits, .. } = &*self.engine.core;
        let idle_timeout = micros(limits.user_stream_idle_timeout);
        self.new.lease.until = Some(clock.now().plus_micros(idle_timeout));
        let user_count = self.stored + buffer.user_count();
        check_user_count(limits, self.new.spec.mode, user_count)?;
        Ok(FreezeStep {
            new: self.new.clone(),
            batch: self.batch,
            first_position: self.stored,
            buffer,
            duplicate_count,
            accept: last.then(|| Accept {
                catalog: Arc::clone(&self.catalog),
                idempotency_key: self.idempotency_key.clone(),
                unfinished_max: limits.batches_unfinished_per_customer_max,
                lease_micros: micros(limits.lease),
                now: clock.now(),
            }),
        })
    }

    /// Records the outcome of a step; `None` when the customer does not exist.
    fn record(&mut self, done: Option<FreezeOutcome>) -> EngineResult<Option<StartedBatch>> {
        match done {
            None => Err(EngineError::NotFound(Resource {
                kind: ResourceKind::Customer,
                name: "the customer (deleted during the call)".to_owned(),
            })),
            Some(FreezeOutcome::Stored { batch, user_count }) => {
                fail_point(Point::FreezeStepCommitted);
                self.batch = Some(batch);
                self.stored = user_count;
                Ok(None)
            }
            Some(FreezeOutcome::Accepted(batch)) => {
                fail_point(Point::AcceptCommitted);
                let address = (self.customer, batch.key);
                let slot = self.slot.take();
                self.engine.spawn_worker(address, batch.lease.epoch, slot);
                Ok(Some(StartedBatch::accepted(self.customer, *batch)))
            }
            Some(FreezeOutcome::Joined(batch)) => {
                fail_point(Point::AcceptCommitted);
                Ok(Some(StartedBatch::joined(self.customer, *batch)))
            }
        }
    }

    /// Removes the stored users of a rejected batch; only in a task of the engine. If this fails,
    /// recovery removes them after the lease has expired.
    pub(super) async fn abandon(&self) {
        let Some(batch) = self.batch else {
            return;
        };
        fail_point(Point::AbandonBegun);
        let mut transaction = Abandon { batch };
        let done = self
            .engine
            .run_with_retry(self.customer, &mut transaction)
            .await;
        if let Err(error) = done {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, batch = batch.0, "could not remove a rejected batch");
        }
    }
}

/// Rejects a batch with more users than its mode allows.
pub(crate) fn check_user_count(limits: &Limits, mode: BatchMode, given: i64) -> EngineResult<()> {
    let (kind, max) = if mode == BatchMode::AllOrNothing {
        let max = limits.all_or_nothing_users_max;
        (LimitKind::AllOrNothingUsers, max)
    } else {
        (LimitKind::BatchUsers, limits.batch_users_max)
    };
    if given > max {
        return Err(EngineError::Limit { kind, given, max });
    }
    Ok(())
}

/// One step: stores the users of `buffer`, and accepts the batch if it is the last one.
struct FreezeStep {
    new: NewBatch,
    batch: Option<BatchKey>,
    first_position: i64,
    buffer: SegmentBuffer,
    duplicate_count: i64,
    accept: Option<Accept>,
}

/// What the last step needs in addition.
struct Accept {
    catalog: Arc<CompiledCatalog>,
    idempotency_key: Option<IdempotencyKey>,
    unfinished_max: i64,
    lease_micros: i64,
    now: Timestamp,
}

/// The state of the batch after a step.
enum FreezeOutcome {
    /// The users are stored; more users follow.
    Stored { batch: BatchKey, user_count: i64 },
    /// The batch was accepted.
    Accepted(Box<Batch>),
    /// An earlier call with the same request id had started a batch; this one was deleted.
    Joined(Box<Batch>),
}

#[async_trait]
impl Transaction for FreezeStep {
    type Output = FreezeOutcome;

    fn on_locked(&mut self, now: Timestamp) {
        if let Some(accept) = &mut self.accept {
            accept.now = now;
        }
    }

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<FreezeOutcome> {
        fail_point(Point::FreezeStepBegun);
        let mut batch = match self.batch {
            Some(key) => tx
                .batch(key)
                .await?
                .ok_or(EngineError::PendingBatchExpired)?,
            None => tx.insert_batch(self.new.clone()).await?,
        };
        let key = batch.key;
        if !self.buffer.is_empty() {
            tx.append_segments(key, self.first_position, self.buffer.segments())
                .await?;
        }
        batch.user_count = self.first_position + self.buffer.user_count();
        batch.duplicate_count = self.duplicate_count;
        let Some(accept) = &self.accept else {
            batch.lease.until = self.new.lease.until;
            tx.save_batch(&batch).await?;
            fail_point(Point::FreezeStepWritten);
            return Ok(FreezeOutcome::Stored {
                batch: key,
                user_count: batch.user_count,
            });
        };
        accept.run(tx, batch).await
    }
}

impl Accept {
    async fn run(&self, tx: &mut dyn CustomerTx, mut batch: Batch) -> EngineResult<FreezeOutcome> {
        fail_point(Point::AcceptBegun);
        if let Some(replayed) = self.replayed_batch(tx).await? {
            tx.delete_batch(batch.key).await?;
            return Ok(FreezeOutcome::Joined(Box::new(replayed)));
        }
        if batch.user_count == 0 {
            return Err(no_users_error(&tx.customer().id, &batch.spec));
        }
        self.check_unfinished(tx).await?;
        check_references(tx, &batch).await?;
        if batch.spec.shortage == ShortagePolicy::RequireAll {
            reserve_seats(tx, &batch, &self.catalog, self.now).await?;
            fail_point(Point::AcceptReserved);
        }
        batch.state = BatchState::Running;
        batch.lease.until = Some(self.now.plus_micros(self.lease_micros));
        tx.save_batch(&batch).await?;
        let effect = Effect::BatchAccepted { batch: batch.key };
        tx.append(self.now, &batch.spec.principal, effect).await?;
        if let Some(idempotency_key) = &self.idempotency_key {
            idempotency_key
                .record(tx, IdempotencyTarget::Batch(batch.key), self.now)
                .await?;
        }
        fail_point(Point::AcceptWritten);
        Ok(FreezeOutcome::Accepted(Box::new(batch)))
    }

    /// The batch that an earlier call with the same idempotency key started.
    async fn replayed_batch(&self, tx: &mut dyn CustomerTx) -> EngineResult<Option<Batch>> {
        let Some(idempotency_key) = &self.idempotency_key else {
            return Ok(None);
        };
        match idempotency_key.replay(tx.idempotency_record(&idempotency_key.id).await?)? {
            Some(IdempotencyTarget::Batch(key)) => {
                Ok(Some(tx.batch(key).await?.ok_or_else(|| missing(key, 0))?))
            }
            Some(IdempotencyTarget::Entry(_)) | None => Ok(None),
        }
    }

    async fn check_unfinished(&self, tx: &mut dyn CustomerTx) -> EngineResult<()> {
        // The batch that is being accepted is not counted as running yet.
        let given = tx.count_running_batches().await? + 1;
        if given > self.unfinished_max {
            return Err(EngineError::Limit {
                kind: LimitKind::UnfinishedBatches,
                given,
                max: self.unfinished_max,
            });
        }
        Ok(())
    }
}

/// Checks that the batches that this batch reads from still exist. A removed batch becomes
/// invisible before its data is deleted, so a batch that exists now was complete while it was read.
async fn check_references(tx: &mut dyn CustomerTx, batch: &Batch) -> EngineResult<()> {
    for reference in batch.spec.references() {
        if tx.batch(reference.key).await?.is_none() {
            return Err(batch_not_found(&tx.customer().id, &reference.id));
        }
    }
    Ok(())
}

/// Removes a batch that was not accepted.
struct Abandon {
    batch: BatchKey,
}

#[async_trait]
impl Transaction for Abandon {
    type Output = ();

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<()> {
        // The batch may have been accepted without the caller's knowledge: the response of the
        // commit was lost, or the caller disconnected before it arrived.
        let found = tx.batch(self.batch).await?;
        if found.is_some_and(|batch| batch.state == BatchState::Preparing) {
            tx.delete_batch(self.batch).await?;
        }
        Ok(())
    }
}
