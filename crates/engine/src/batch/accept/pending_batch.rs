use async_trait::async_trait;
use seatkeeper_domain::{BatchKey, BatchMode, BatchState, CustomerKey};
use seatkeeper_failpoints::{Mutant, Point, fail_point, mutant_enabled};
use seatkeeper_store::{BatchSource, CustomerTx, NewBatch};

use super::acceptance::Accept;
use super::freeze::{FreezeOutcome, FreezeProgress};
use super::request::BatchRequest;
use super::segment_buffer::{Part, SegmentBuffer};
use super::slots::{BatchSlot, CallerId};
use super::start::{Checked, StartedBatch, micros};
use super::user_source::Source;
use crate::engine::Core;
use crate::idempotency::IdempotencyKey;
use crate::transaction::Transaction;
use crate::{Engine, EngineError, EngineResult, Resource, ResourceKind};

/// A batch whose users are being stored; it is not accepted or rejected yet.
pub(super) struct PendingBatch {
    engine: Engine,
    customer: CustomerKey,
    new: NewBatch,
    accept: Accept,
    progress: FreezeProgress,
    slot: Option<BatchSlot>,
}

impl PendingBatch {
    pub(super) fn new(
        engine: &Engine,
        customer: CustomerKey,
        request: &BatchRequest,
        checked: &Checked,
        idempotency_key: Option<IdempotencyKey>,
        source: BatchSource,
    ) -> EngineResult<Self> {
        let new = engine.new_batch(request, checked, source, false);
        Self::of(
            engine,
            customer,
            new,
            engine.accept(&checked.catalog, idempotency_key),
            &request.caller,
        )
    }

    pub(super) fn of(
        engine: &Engine,
        customer: CustomerKey,
        new: NewBatch,
        accept: Accept,
        caller: &CallerId,
    ) -> EngineResult<Self> {
        let all_or_nothing = new.spec.mode == BatchMode::AllOrNothing;
        Ok(Self {
            slot: Some(engine.acquire_batch_slot(customer, caller)?),
            engine: engine.clone(),
            customer,
            new,
            accept,
            progress: FreezeProgress::new(&engine.core.limits, all_or_nothing),
        })
    }

    /// Reads the next users, which follow the stored users and `waiting` buffered ones. Returns an
    /// empty buffer when there are no more users.
    pub(super) async fn read(
        &self,
        source: &mut Source,
        waiting: i64,
    ) -> EngineResult<SegmentBuffer> {
        let Core { store, limits, .. } = &*self.engine.core;
        let before = self.progress.frozen() + waiting;
        let check = |users| self.progress.check(before + users);
        let part = if before == 0 {
            Part::First
        } else {
            Part::Later
        };
        SegmentBuffer::read(source, &**store, self.customer, limits, part, check).await
    }

    /// Stores users. With `last`, the same transaction also accepts the batch.
    pub(super) async fn write(
        &mut self,
        buffer: SegmentBuffer,
        duplicate_count: i64,
        last: bool,
    ) -> EngineResult<Option<StartedBatch>> {
        let idle_timeout = micros(self.engine.core.limits.user_stream_idle_timeout);
        self.new.lease.until = Some(self.engine.core.clock.now().plus_micros(idle_timeout));
        let accept = last.then(|| self.accept.clone());
        let transaction = self
            .progress
            .transaction(&self.new, buffer, duplicate_count, accept)?;
        match self.engine.transact(self.customer, transaction).await? {
            None => Err(EngineError::NotFound(Resource {
                kind: ResourceKind::Customer,
                name: "the customer (deleted during the call)".to_owned(),
            })),
            Some((_, FreezeOutcome::Partly { batch, users })) => {
                fail_point(Point::FreezeStepCommitted);
                self.progress.committed(batch, users);
                Ok(None)
            }
            Some((_, FreezeOutcome::Accepted { batch, joined })) => {
                fail_point(Point::AcceptCommitted);
                let (customer, batch) = (self.customer, *batch);
                if !joined {
                    let address = (customer, batch.key);
                    let slot = self.slot.take();
                    self.engine.spawn_worker(address, batch.lease.epoch, slot);
                }
                Ok(Some(StartedBatch {
                    batch,
                    customer,
                    joined,
                }))
            }
        }
    }

    /// Removes the stored users of a rejected batch. If this fails, recovery removes them after the
    /// lease has expired.
    pub(super) async fn abandon(&self) {
        let Some(batch) = self.progress.batch() else {
            return;
        };
        fail_point(Point::AbandonBegun);
        if let Err(error) = self.engine.transact(self.customer, Abandon { batch }).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, batch = batch.0, "could not remove a rejected batch");
        }
    }
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
        let given_up = mutant_enabled(Mutant::AcceptedBatchDeleted);
        if found.is_some_and(|batch| batch.state == BatchState::Preparing || given_up) {
            tx.delete_batch(self.batch).await?;
        }
        Ok(())
    }
}
