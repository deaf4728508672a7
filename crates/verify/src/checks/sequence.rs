use seatkeeper_domain::{Customer, JournalSequence};
use seatkeeper_store::{CustomerCounters, JournalBase, JournalRow, UserTally};

use crate::{Check, Findings};

/// The journal has no gap from its base on, and the customer knows both its ends.
#[derive(Default)]
pub(crate) struct Gapless {
    last: i64,
    base: i64,
    counted: i64,
    based: bool,
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
        self.base = counters.journal_base.0;
        self.last = self.base;
    }

    fn base(&mut self, base: &JournalBase, found: &mut Findings) {
        let (counted, there) = (self.base, base.sequence.0);
        found.expect_equal("journal_bases", "-", "sequence", there, counted);
        if there >= self.counted {
            let what = format_args!(
                "it ends with {there}, and the journal with {}",
                self.counted
            );
            found.add("journal_bases", "-", what);
        }
        self.based = true;
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
        if self.base > 0 && !self.based {
            let what = "entries were removed, and nothing stands in their place";
            found.add("journal_bases", "-", what);
        }
        let (counted, last) = (self.counted, self.last);
        found.expect_equal("customers", "-", "journal_sequence", counted, last);
    }
}
