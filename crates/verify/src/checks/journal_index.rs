use seatkeeper_store::{JournalRow, ResultRange};

use crate::{Check, Findings};

/// Results are found in the journal under the batch and the numbers that they have.
#[derive(Default)]
pub(crate) struct JournalIndex;

impl Check for JournalIndex {
    fn entry(&mut self, row: &JournalRow, found: &mut Findings) {
        if row.results != ResultRange::of(&row.entry) {
            let what = "its batch, first and last result are not those of what it holds";
            found.add("journal", row.entry.sequence.0, what);
        }
    }
}
