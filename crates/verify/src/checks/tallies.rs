use std::collections::BTreeMap;

use seatkeeper_domain::{BatchKey, Effect, OutcomeCounts, ViolationCounts};
use seatkeeper_store::{Batch, JournalRow};

use crate::{Check, Findings};

/// The counts of a batch are the counts of its results.
#[derive(Default)]
pub(crate) struct Tallies {
    rows: BTreeMap<BatchKey, Tally>,
    journaled: BTreeMap<BatchKey, Tally>,
}

#[derive(Default, PartialEq)]
struct Tally {
    users: i64,
    counts: OutcomeCounts,
    violations: ViolationCounts,
}

impl Check for Tallies {
    fn batch(&mut self, batch: &Batch, _: &mut Findings) {
        let tally = Tally {
            users: batch.processed_count,
            counts: batch.counts,
            violations: batch.violations.clone(),
        };
        self.rows.insert(batch.key, tally);
    }

    fn entry(&mut self, row: &JournalRow, _: &mut Findings) {
        let Effect::LicensesChanged(changes) = &row.entry.effect else {
            return;
        };
        let Some(span) = changes.span else {
            return;
        };
        let tally = self.journaled.entry(span.batch).or_default();
        let (counts, violations) = OutcomeCounts::of(&changes.plan);
        tally.users += i64::try_from(changes.members.len()).expect("a chunk fits memory");
        tally.counts.add(&counts);
        for (violation, count) in violations {
            *tally.violations.entry(violation).or_default() += count;
        }
    }

    fn end(&mut self, found: &mut Findings) {
        for (batch, row) in &self.rows {
            let journaled = self.journaled.remove(batch).unwrap_or_default();
            let (expected, there) = (row.users, journaled.users);
            found.expect_equal("batches", batch.0, "processed_count", expected, there);
            if row.counts != journaled.counts {
                found.add(
                    "batches",
                    batch.0,
                    "its outcomes differ from those of its results",
                );
            }
            if row.violations != journaled.violations {
                found.add(
                    "batches",
                    batch.0,
                    "its violations differ from those of its results",
                );
            }
        }
    }
}
