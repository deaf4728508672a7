use std::collections::{BTreeMap, BTreeSet};

use seatkeeper_domain::{BatchKey, BatchState, Effect};
use seatkeeper_store::{Batch, JournalCheckpoint, JournalRow, ResultRange};

use crate::{Check, Findings};

/// A batch's row and the journal agree on its acceptance, cancellation and end. The row of a batch
/// that has ended may have been deleted by retention.
#[derive(Default)]
pub(crate) struct BatchLifecycle {
    rows: BTreeMap<BatchKey, Row>,
    accepted: BTreeSet<BatchKey>,
    cancelled: BTreeSet<BatchKey>,
    ended: BTreeMap<BatchKey, BatchState>,
}

struct Row {
    state: BatchState,
    cancel_requested: bool,
}

impl Check for BatchLifecycle {
    fn batch(&mut self, batch: &Batch, found: &mut Findings) {
        let key = batch.key.0;
        if batch.processed_count > batch.user_count {
            found.add("batches", key, "it has more processed users than users");
        }
        if batch.state.is_final() {
            ended(batch, found);
        } else if batch.end_time.is_some() {
            found.add("batches", key, "it has an end time, but has not ended");
        }
        if batch.state == BatchState::Preparing && batch.processed_count > 0 {
            found.add("batches", key, "it has results, but is not accepted");
        }
        let row = Row {
            state: batch.state,
            cancel_requested: batch.cancel_requested,
        };
        self.rows.insert(batch.key, row);
    }

    fn checkpoint(&mut self, checkpoint: &JournalCheckpoint, _: &mut Findings) {
        for (&batch, &cancelled) in &checkpoint.open_batches {
            self.accepted.insert(batch);
            if cancelled {
                self.cancelled.insert(batch);
            }
        }
    }

    fn entry(&mut self, row: &JournalRow, found: &mut Findings) {
        let sequence = row.entry.sequence.0;
        if let Effect::BatchAccepted { batch } = row.entry.effect
            && !self.accepted.insert(batch)
        {
            found.add("journal", sequence, "its batch was accepted before");
        }
        if let Effect::BatchCancelled { batch } = row.entry.effect {
            self.cancelled.insert(batch);
            self.must_be_accepted(batch, sequence, found);
        }
        if let Effect::BatchEnded { batch, state } = row.entry.effect {
            self.must_be_accepted(batch, sequence, found);
            if self.ended.insert(batch, state).is_some() {
                found.add("journal", sequence, "its batch had ended before");
            }
        }
        if let Some(results) = ResultRange::of(&row.entry) {
            self.must_be_accepted(results.batch, sequence, found);
        }
    }

    fn end(&mut self, found: &mut Findings) {
        for (batch, row) in &self.rows {
            let is_accepted = row.state != BatchState::Preparing;
            if is_accepted != self.accepted.contains(batch) {
                let what = "it differs from the journal in whether it is accepted";
                found.add("batches", batch.0, what);
            }
            let ended = self.ended.get(batch).copied();
            if ended != row.state.is_final().then_some(row.state) {
                let what = "it differs from the journal in whether and how it has ended";
                found.add("batches", batch.0, what);
            }
            if row.cancel_requested != self.cancelled.contains(batch) {
                let what = "it differs from the journal in whether it is to be cancelled";
                found.add("batches", batch.0, what);
            }
        }
        for batch in self
            .accepted
            .iter()
            .filter(|batch| !self.rows.contains_key(batch) && !self.ended.contains_key(batch))
        {
            found.add(
                "batches",
                batch.0,
                "the journal says that it is accepted and has not ended, but the row is missing",
            );
        }
    }
}

impl BatchLifecycle {
    fn must_be_accepted(&self, batch: BatchKey, sequence: i64, found: &mut Findings) {
        if !self.accepted.contains(&batch) {
            let batch = batch.0;
            let what = format_args!("batch {batch} was not accepted before");
            found.add("journal", sequence, what);
        }
    }
}

/// The invariants of a batch that has ended.
fn ended(batch: &Batch, found: &mut Findings) {
    let key = batch.key.0;
    if batch.end_time.is_none() {
        found.add("batches", key, "it has ended without an end time");
    }
    if batch.processed_count != batch.user_count {
        found.add(
            "batches",
            key,
            "it has ended, but not all its users have a result",
        );
    }
    if batch.user_stream_open {
        found.add("batches", key, "it has ended, but its user stream is open");
    }
    if batch.lease.owner.is_some() {
        found.add("batches", key, "it has ended, but holds a lease");
    }
}
