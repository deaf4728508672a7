use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use seatkeeper_domain::{
    BatchKey, BatchMode, BatchSpan, ChunkPlan, JournalEntry, JournalSequence, LicenseChanges,
    Member, OutcomeCounts, ShortagePolicy, Timestamp,
};
use seatkeeper_failpoints::{Mutant, Point, fail_point, mutant_enabled};
use seatkeeper_store::{Batch, CustomerTx, LoadedChunk, Selected};

use super::all_or_nothing::decide_all_or_nothing;
use super::auto_purchase::plan_with_purchase;
use super::decider::Decider;
use super::finish::finish_batch;
use super::prefetch::{PrefetchValidity, PrefetchedChunk};
use super::seat_demand::{batch_pools, length, missing};
use super::start::micros;
use crate::EngineResult;
use crate::transaction::Transaction;
use crate::waitlist::join;

/// The next chunk of a batch: one transaction that decides it, writes it, journals it and moves
/// the batch on, provided the batch is still ours.
pub(super) struct ChunkTransaction {
    pub(super) batch: BatchKey,
    pub(super) owner: String,
    pub(super) epoch: i64,
    pub(super) decider: Decider,
    pub(super) lease: Duration,
    pub(super) now: Timestamp,
    /// How many segments it takes.
    pub(super) segments: usize,
    /// Its users, where they were prefetched.
    pub(super) prefetched: Option<PrefetchedChunk>,
    /// Whether the prefetched state still holds.
    pub(super) validity: PrefetchValidity,
    /// Purchases an entitlement may have, for those batches that buy.
    pub(super) purchases_max: usize,
}

/// What a step of a batch came to.
pub(super) enum Step {
    /// A chunk was committed; `ended` when it was the last.
    Chunk {
        changes: Arc<LicenseChanges>,
        /// The customer's last journal entry before it.
        before: JournalSequence,
        /// The customer's last journal entry with it.
        after: JournalSequence,
        ended: bool,
    },
    /// An all-or-nothing batch was carried out, or refused, as a whole.
    AllOrNothing,
    /// Users are still being streamed in, and all there are were processed.
    Waiting,
    /// The batch has ended, or is gone.
    Ended,
    /// Another server has taken over.
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
        if !self.is_ours(&batch) && !mutant_enabled(Mutant::LostFence) {
            return Ok(Step::Lost);
        }
        fail_point(Point::ChunkFenced);
        batch.lease.until = Some(self.now.plus_micros(micros(self.lease)));
        let cut = batch.cancel_requested && mutant_enabled(Mutant::MissingCancelledResults);
        if batch.processed_count == batch.user_count || cut {
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

    /// What remains when every user there is has a result.
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

    /// The next users: as they were prefetched, where that still holds.
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
        if batch.cancel_requested && !mutant_enabled(Mutant::IgnoredCancel) {
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

    /// Writes one chunk's decisions and moves the batch past it.
    pub(super) async fn write(
        &self,
        tx: &mut dyn CustomerTx,
        batch: &mut Batch,
        members: Vec<Member>,
        plan: ChunkPlan,
    ) -> EngineResult<LicenseChanges> {
        let (counts, violations) = OutcomeCounts::of(&plan);
        batch.counts.add(&counts);
        for (violation, count) in violations {
            *batch.violations.entry(violation).or_default() += count;
        }
        let first_result = batch.processed_count + 1;
        if !mutant_enabled(Mutant::CursorNotMoved) {
            batch.processed_count += length(members.len());
        }
        let changes = LicenseChanges {
            span: Some(BatchSpan {
                batch: batch.key,
                first_result,
            }),
            catalog_version: batch.spec.catalog_version,
            members,
            plan,
        };
        let entry = tx
            .record_licenses(self.now, &batch.spec.principal, changes)
            .await?;
        let changes = changes_of(entry);
        if let Decider::Change(planner) = &self.decider {
            let (principal, batch) = (&batch.spec.principal, Some(batch.key));
            join(tx, planner, &changes, principal, batch, self.now).await?;
        }
        Ok(changes)
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

/// The next users of a batch that has some left.
pub(super) async fn next_users(
    tx: &mut dyn CustomerTx,
    batch: &Batch,
    segments: usize,
) -> EngineResult<Vec<Selected>> {
    let position = batch.processed_count;
    let selected = tx.segments(batch.key, position, segments).await?;
    selected.ok_or_else(|| missing(batch.key, position))
}

fn changes_of(entry: JournalEntry) -> LicenseChanges {
    let changes = entry.effect.into_license_changes();
    changes.expect("record_licenses answers with the entry of the changes it was given")
}
