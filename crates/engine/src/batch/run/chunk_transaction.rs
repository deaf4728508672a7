use std::time::Duration;

use seatkeeper_domain::{
    BatchKey, BatchSpan, ChunkPlan, JournalEntry, LicenseChanges, Member, OutcomeCounts, Timestamp,
};
use seatkeeper_store::{Batch, CustomerTx, Selected};

use super::decider::Decider;
use super::prefetch::{PrefetchValidity, PrefetchedChunk};
use crate::EngineResult;
use crate::batch::address::length;
use crate::batch::errors::missing;
use crate::waitlist::join;

/// The next chunk of a batch. One transaction decides it, writes it, appends it to the journal and
/// advances the batch, provided that this server still holds the batch's lease.
pub(super) struct ChunkTransaction {
    pub(super) batch: BatchKey,
    pub(super) owner: String,
    pub(super) epoch: i64,
    pub(super) decider: Decider,
    pub(super) lease: Duration,
    pub(super) now: Timestamp,
    /// Segments that the chunk takes, unless its users were prefetched.
    pub(super) segments: usize,
    /// The users of the chunk, if they were prefetched.
    pub(super) prefetched: Option<PrefetchedChunk>,
    /// Says whether prefetched state is still valid.
    pub(super) validity: PrefetchValidity,
    /// The most purchases that one entitlement may have; used by batches that buy seats.
    pub(super) purchases_max: usize,
}

impl ChunkTransaction {
    /// Writes one chunk's decisions and advances the batch past its users.
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
        batch.processed_count += length(members.len());
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
}

/// The next users of a batch that has unprocessed users.
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
    changes.expect("record_licenses returns the entry of the changes it was given")
}
