use std::sync::Arc;

use async_trait::async_trait;
use seatkeeper_domain::{BatchKey, BatchMode, BatchState, CustomerKey};
use seatkeeper_fault::{Bug, Point, pass, planted};
use seatkeeper_store::{BatchSource, CustomerTx, NewBatch};

use super::accept::Accept;
use super::freeze::{Freezer, Frozen};
use super::request::BatchRequest;
use super::slots::{BatchSlot, CallerId};
use super::source::Source;
use super::start::{Checked, StartedBatch, micros};
use super::stretch::{Part, Stretch};
use crate::engine::Shared;
use crate::requests::Request;
use crate::transact::Work;
use crate::{EngineError, EngineResult, Resource, ResourceKind};

/// A batch whose users are being written down, until it is accepted or refused.
pub(super) struct Draft {
    shared: Arc<Shared>,
    customer: CustomerKey,
    new: NewBatch,
    accept: Accept,
    freezer: Freezer,
    slot: Option<BatchSlot>,
}

impl Draft {
    pub(super) fn new(
        shared: &Arc<Shared>,
        customer: CustomerKey,
        request: &BatchRequest,
        checked: &Checked,
        identity: Option<Request>,
        source: BatchSource,
    ) -> EngineResult<Self> {
        let new = shared.new_batch(request, checked, source, false);
        Self::of(
            shared,
            customer,
            new,
            shared.accept(&checked.catalog, identity),
            &request.caller,
        )
    }

    pub(super) fn of(
        shared: &Arc<Shared>,
        customer: CustomerKey,
        new: NewBatch,
        accept: Accept,
        caller: &CallerId,
    ) -> EngineResult<Self> {
        let all_or_nothing = new.spec.mode == BatchMode::AllOrNothing;
        Ok(Self {
            slot: Some(shared.acquire_batch_slot(customer, caller)?),
            shared: Arc::clone(shared),
            customer,
            new,
            accept,
            freezer: Freezer::new(&shared.limits, all_or_nothing),
        })
    }

    /// Reads the next users, who come after `waiting` ones that are not written down yet; none
    /// when there are no more.
    pub(super) async fn read(&self, source: &mut Source, waiting: i64) -> EngineResult<Stretch> {
        let Shared { store, limits, .. } = &*self.shared;
        let before = self.freezer.frozen() + waiting;
        let check = |users| self.freezer.check(before + users);
        let part = if before == 0 {
            Part::First
        } else {
            Part::Later
        };
        Stretch::read(source, &**store, self.customer, limits, part, check).await
    }

    /// Writes users down; the last ones in the transaction that also accepts the batch.
    pub(super) async fn write(
        &mut self,
        stretch: Stretch,
        duplicate_count: i64,
        last: bool,
    ) -> EngineResult<Option<StartedBatch>> {
        let patience = micros(self.shared.limits.draft_idle_max);
        self.new.lease.until = Some(self.shared.clock.now().plus_micros(patience));
        let accept = last.then(|| self.accept.clone());
        let step = self
            .freezer
            .step(&self.new, stretch, duplicate_count, accept)?;
        match self.shared.transact(self.customer, step).await? {
            None => Err(EngineError::NotFound(Resource {
                kind: ResourceKind::Customer,
                name: "the customer, deleted meanwhile,".to_owned(),
            })),
            Some((_, Frozen::Partly { batch, users })) => {
                pass(Point::FreezeStepCommitted);
                self.freezer.committed(batch, users);
                Ok(None)
            }
            Some((_, Frozen::Accepted { batch, joined })) => {
                pass(Point::AcceptCommitted);
                let (customer, batch) = (self.customer, *batch);
                if !joined {
                    let place = (customer, batch.key);
                    let slot = self.slot.take();
                    self.shared.drive(place, batch.lease.epoch, slot);
                }
                Ok(Some(StartedBatch {
                    batch,
                    customer,
                    joined,
                }))
            }
        }
    }

    /// Removes what was written down of a batch that was refused. Should this fail, recovery
    /// removes it once its lease has run out.
    pub(super) async fn abandon(&self) {
        let Some(batch) = self.freezer.batch() else {
            return;
        };
        pass(Point::AbandonBegun);
        if let Err(error) = self.shared.transact(self.customer, Abandon { batch }).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, batch = batch.0, "could not remove a refused batch");
        }
    }
}

/// Removes a batch that was not accepted.
struct Abandon {
    batch: BatchKey,
}

#[async_trait]
impl Work for Abandon {
    type Output = ();

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<()> {
        // Whoever gave it up may only not know that it was accepted: the answer got lost, or the
        // caller hung up before it came.
        let found = tx.batch(self.batch).await?;
        let given_up = planted(Bug::AcceptedGivenUp);
        if found.is_some_and(|batch| batch.state == BatchState::Preparing || given_up) {
            tx.delete_batch(self.batch).await?;
        }
        Ok(())
    }
}
