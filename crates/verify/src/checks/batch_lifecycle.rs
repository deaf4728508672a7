use std::collections::{BTreeMap, BTreeSet};

use seatkeeper_domain::{BatchKey, BatchState, Effect};
use seatkeeper_store::{Batch, JournalCheckpoint, JournalRow, ResultRange};

use crate::{Check, Findings};

/// A batch's row says of its life what the journal says. One that has ended may have been removed
/// since.
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
            found.add("batches", key, "more users are processed than it has");
        }
        if batch.state.is_final() {
            ended(batch, found);
        } else if batch.end_time.is_some() {
            found.add("batches", key, "it has an end and goes on");
        }
        if batch.state == BatchState::Preparing && batch.processed_count > 0 {
            found.add("batches", key, "it is not accepted and has results");
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
                let what = "whether it is accepted is not what the journal says";
                found.add("batches", batch.0, what);
            }
            let ended = self.ended.get(batch).copied();
            if ended != row.state.is_final().then_some(row.state) {
                let what = "whether and how it has ended is not what the journal says";
                found.add("batches", batch.0, what);
            }
            if row.cancel_requested != self.cancelled.contains(batch) {
                let what = "whether it is to be cancelled is not what the journal says";
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
                "the journal accepts it and does not end it, and there is no such row",
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

/// What must hold of a batch that has ended.
fn ended(batch: &Batch, found: &mut Findings) {
    let key = batch.key.0;
    if batch.end_time.is_none() {
        found.add("batches", key, "it has ended without an end");
    }
    if batch.processed_count != batch.user_count {
        found.add(
            "batches",
            key,
            "it has ended before all its users had a result",
        );
    }
    if batch.user_stream_open {
        found.add("batches", key, "it has ended and takes users in");
    }
    if batch.lease.owner.is_some() {
        found.add("batches", key, "it has ended and holds a lease");
    }
}
