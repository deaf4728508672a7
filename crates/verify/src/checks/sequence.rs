use seatkeeper_domain::{Customer, JournalSequence};
use seatkeeper_store::{CustomerCounters, JournalCheckpoint, JournalRow, UserTally};

use crate::{Check, Findings};

/// The journal has no gap after its checkpoint, and the customer's counters match both its ends.
#[derive(Default)]
pub(crate) struct Gapless {
    last: i64,
    checkpoint: i64,
    counted: i64,
    has_checkpoint: bool,
}

impl Check for Gapless {
    fn customer(
        &mut self,
        _: &Customer,
        counters: CustomerCounters,
        _: UserTally,
        _: &mut Findings,
    ) {
        self.counted = counters.journal.0;
        self.checkpoint = counters.journal_checkpoint.0;
        self.last = self.checkpoint;
    }

    fn checkpoint(&mut self, checkpoint: &JournalCheckpoint, found: &mut Findings) {
        let (counted, there) = (self.checkpoint, checkpoint.sequence.0);
        found.expect_equal("journal_checkpoints", "-", "sequence", there, counted);
        if there >= self.counted {
            let what = format_args!(
                "it ends with {there}, but the journal ends with {}",
                self.counted
            );
            found.add("journal_checkpoints", "-", what);
        }
        self.has_checkpoint = true;
    }

    fn entry(&mut self, row: &JournalRow, found: &mut Findings) {
        let JournalSequence(sequence) = row.entry.sequence;
        if sequence != self.last + 1 {
            let last = self.last;
            found.add(
                "journal",
                sequence,
                format_args!("the entry before it is {last}: there is a gap"),
            );
        }
        self.last = sequence;
    }

    fn end(&mut self, found: &mut Findings) {
        if self.checkpoint > 0 && !self.has_checkpoint {
            let what = "entries were deleted, but the checkpoint is missing";
            found.add("journal_checkpoints", "-", what);
        }
        let (counted, last) = (self.counted, self.last);
        found.expect_equal("customers", "-", "journal_sequence", counted, last);
    }
}
