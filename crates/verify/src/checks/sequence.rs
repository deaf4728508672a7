use seatkeeper_domain::{Customer, JournalSequence};
use seatkeeper_store::{CustomerCounters, JournalRow, UserTally};

use crate::{Check, Findings};

/// The journal has no gap, and the customer knows its end.
#[derive(Default)]
pub(crate) struct Gapless {
    last: i64,
    counted: i64,
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
        let (counted, last) = (self.counted, self.last);
        found.expect_equal("customers", "-", "journal_sequence", counted, last);
    }
}
