use std::sync::Arc;

use async_trait::async_trait;
use seatkeeper_domain::{
    BatchMode, ChunkPlan, JournalSequence, LicenseChanges, Member, ShortagePolicy, Timestamp,
};
use seatkeeper_failpoints::{Point, fail_point};
use seatkeeper_store::{Batch, CustomerTx, LoadedChunk};

use super::all_or_nothing::decide_all_or_nothing;
use super::auto_purchase::plan_with_purchase;
use super::chunk_transaction::{ChunkTransaction, next_users};
use super::finish::finish_batch;
use super::seat_demand::batch_pools;
use crate::EngineResult;
use crate::clock::micros;
use crate::transaction::Transaction;

/// The outcome of one step of a batch.
pub(super) enum Step {
    /// A chunk was committed; `ended` when it was the last one.
    Chunk {
        changes: Arc<LicenseChanges>,
        /// The customer's last journal entry before the chunk.
        before: JournalSequence,
        /// The customer's last journal entry after the chunk.
        after: JournalSequence,
        ended: bool,
    },
    /// An all-or-nothing batch was applied or refused as a whole.
    AllOrNothing,
    /// The user stream is still open, and all users received so far are processed.
    Waiting,
    /// The batch has ended or was removed.
    Ended,
    /// Another server has taken over the batch.
    Lost,
}

#[async_trait]
impl Transaction for ChunkTransaction {
    type Output = Step;

    fn on_locked(&mut self, now: Timestamp) {
        self.now = now;
    }

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<Step> {
        let Some(mut batch) = tx.batch(self.batch).await? else {
            return Ok(Step::Ended);
        };
        if batch.state.is_final() {
            return Ok(Step::Ended);
        }
        if !self.is_ours(&batch) {
            return Ok(Step::Lost);
        }
        fail_point(Point::ChunkFenced);
        batch.lease.until = Some(self.now.plus_micros(micros(self.lease)));
        if batch.processed_count == batch.user_count {
            return self.rest(tx, batch).await;
        }
        batch.start_time.get_or_insert(self.now);
        if batch.spec.mode == BatchMode::AllOrNothing && !batch.cancel_requested {
            return self.all_or_nothing(tx, batch).await;
        }
        let before = tx.journal_sequence();
        let loaded = self.load(tx, &batch).await?;
        fail_point(Point::ChunkLoaded);
        let (members, plan) = self.decide(tx, &mut batch, loaded).await?;
        fail_point(Point::ChunkDecided);
        let changes = self.write(tx, &mut batch, members, plan).await?;
        fail_point(Point::ChunkRecorded);
        let ended = batch.processed_count == batch.user_count
            && (!batch.user_stream_open || batch.cancel_requested);
        if ended {
            finish_batch(tx, &mut batch, self.now).await?;
        }
        tx.save_batch(&batch).await?;
        fail_point(Point::ChunkWritten);
        Ok(Step::Chunk {
            changes: Arc::new(changes),
            before,
            after: tx.journal_sequence(),
            ended,
        })
    }
}

impl ChunkTransaction {
    fn is_ours(&self, batch: &Batch) -> bool {
        batch.lease.epoch == self.epoch && batch.lease.owner.as_deref() == Some(&*self.owner)
    }

    /// The step when every user received so far has a result: wait for the user stream, or finish.
    async fn rest(&self, tx: &mut dyn CustomerTx, mut batch: Batch) -> EngineResult<Step> {
        let step = if batch.user_stream_open && !batch.cancel_requested {
            Step::Waiting
        } else {
            finish_batch(tx, &mut batch, self.now).await?;
            Step::Ended
        };
        tx.save_batch(&batch).await?;
        Ok(step)
    }

    /// Loads the next users. Uses the prefetched chunk if it is still valid.
    async fn load(&mut self, tx: &mut dyn CustomerTx, batch: &Batch) -> EngineResult<LoadedChunk> {
        let now = tx.journal_sequence();
        let prefetched = self.prefetched.take();
        let read = prefetched
            .and_then(|prefetched| prefetched.take(batch.processed_count, &self.validity, now));
        let selected = match read {
            Some((_, Some(loaded))) => return Ok(loaded),
            Some((selected, None)) => selected,
            None => next_users(tx, batch, self.segments).await?,
        };
        Ok(tx.load_chunk(&selected, &self.decider.relevant()).await?)
    }

    async fn decide(
        &mut self,
        tx: &mut dyn CustomerTx,
        batch: &mut Batch,
        mut loaded: LoadedChunk,
    ) -> EngineResult<(Vec<Member>, ChunkPlan)> {
        if batch.cancel_requested {
            let plan = self.decider.plan_cancelled(tx, &mut loaded).await?;
            return Ok((loaded.members, plan));
        }
        let reserved = match batch.spec.shortage {
            ShortagePolicy::AssignUntilExhausted | ShortagePolicy::Waitlist => Vec::new(),
            ShortagePolicy::RequireAll => tx.reservations(batch.key).await?,
            ShortagePolicy::BuyMore => {
                let plan = plan_with_purchase(self, tx, batch, &mut loaded).await?;
                return Ok((loaded.members, plan));
            }
        };
        let products = batch.spec.task.products();
        let mut pools = batch_pools(tx, &products, &reserved, self.now).await?;
        let plan = self.decider.plan(tx, &mut loaded, &mut pools).await?;
        if !reserved.is_empty() {
            let mut remaining = reserved;
            for (product, taken) in plan.seat_deltas() {
                if let Some((_, seats)) = remaining.iter_mut().find(|(kept, _)| *kept == product) {
                    *seats = (*seats - taken.max(0)).max(0);
                }
            }
            tx.set_reservations(batch.key, &remaining).await?;
        }
        Ok((loaded.members, plan))
    }

    async fn all_or_nothing(
        &mut self,
        tx: &mut dyn CustomerTx,
        mut batch: Batch,
    ) -> EngineResult<Step> {
        decide_all_or_nothing(self, tx, &mut batch).await?;
        finish_batch(tx, &mut batch, self.now).await?;
        tx.save_batch(&batch).await?;
        Ok(Step::AllOrNothing)
    }
}
