use seatkeeper_store::{JournalRow, ResultRange};

use crate::{Check, Findings};

/// The journal's index finds results by batch and sequence number.
#[derive(Default)]
pub(crate) struct JournalIndex;

impl Check for JournalIndex {
    fn entry(&mut self, row: &JournalRow, found: &mut Findings) {
        if row.results != ResultRange::of(&row.entry) {
            let what = "its columns for batch, first and last result differ from its content";
            found.add("journal", row.entry.sequence.0, what);
        }
    }
}
