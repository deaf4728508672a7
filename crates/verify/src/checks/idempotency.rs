use std::collections::{BTreeMap, BTreeSet};

use seatkeeper_domain::{BatchKey, BatchState, Customer, JournalSequence, RequestId};
use seatkeeper_store::{Batch, CustomerCounters, IdempotencyRecord, IdempotencyTarget, UserTally};

use crate::{Check, Findings};

/// Each request id leads to exactly one batch or journal entry.
#[derive(Default)]
pub(crate) struct Idempotency {
    journal: i64,
    journal_checkpoint: i64,
    /// The batches with a request id that no record has confirmed yet.
    batches: BTreeMap<RequestId, BatchKey>,
    entries: BTreeSet<JournalSequence>,
}

impl Check for Idempotency {
    fn customer(
        &mut self,
        _: &Customer,
        counters: CustomerCounters,
        _: UserTally,
        _: &mut Findings,
    ) {
        self.journal = counters.journal.0;
        self.journal_checkpoint = counters.journal_checkpoint.0;
    }

    fn batch(&mut self, batch: &Batch, found: &mut Findings) {
        // A batch that is not accepted may still prove to be a repetition.
        if batch.state == BatchState::Preparing {
            return;
        }
        let Some(request) = &batch.spec.request_id else {
            return;
        };
        if let Some(earlier) = self.batches.insert(request.clone(), batch.key) {
            let earlier = earlier.0;
            let what = format_args!("batch {earlier} has the same request id, {request}");
            found.add("batches", batch.key.0, what);
        }
    }

    fn idempotency_record(&mut self, request: &IdempotencyRecord, found: &mut Findings) {
        match request.target {
            IdempotencyTarget::Batch(batch) => {
                if self.batches.remove(&request.id) != Some(batch) {
                    let batch = batch.0;
                    let what = format_args!("batch {batch} was not started with this request id");
                    found.add("requests", &request.id, what);
                }
            }
            IdempotencyTarget::Entry(sequence) => {
                if !(self.journal_checkpoint + 1..=self.journal).contains(&sequence.0) {
                    found.add("requests", &request.id, "it leads to no journal entry");
                }
                if !self.entries.insert(sequence) {
                    let sequence = sequence.0;
                    let what = format_args!("another request id leads to entry {sequence} as well");
                    found.add("requests", &request.id, what);
                }
            }
        }
    }

    fn end(&mut self, found: &mut Findings) {
        for (request, batch) in &self.batches {
            let batch = batch.0;
            let what = format_args!("batch {batch} was started with it, but it leads elsewhere");
            found.add("requests", request, what);
        }
    }
}
