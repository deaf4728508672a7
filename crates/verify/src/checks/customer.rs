use seatkeeper_domain::{BatchKey, Customer, Effect};
use seatkeeper_store::{Batch, CustomerCounters, JournalCheckpoint, JournalRow, UserTally};

use crate::{Check, Findings};

/// The customer equals its last state in the journal, and its counters match its rows.
#[derive(Default)]
pub(crate) struct CustomerAsJournaled {
    row: Option<Customer>,
    journaled: Option<Customer>,
    last_batch: Option<BatchKey>,
}

impl Check for CustomerAsJournaled {
    fn customer(
        &mut self,
        customer: &Customer,
        counters: CustomerCounters,
        users: UserTally,
        found: &mut Findings,
    ) {
        let (counted, there) = (customer.user_count, users.count);
        found.expect_equal("customers", "-", "user_count", counted, there);
        if users.greatest > counters.last_user {
            let (last, user) = (counters.last_user.0, users.greatest.0);
            let what = format_args!("last_user_key is {last}, but there is a user {user}");
            found.add("customers", "-", what);
        }
        self.row = Some(customer.clone());
        self.last_batch = Some(counters.last_batch);
    }

    fn batch(&mut self, batch: &Batch, found: &mut Findings) {
        if let Some(last) = self.last_batch.filter(|last| batch.key > *last) {
            let (last, batch) = (last.0, batch.key.0);
            let what = format_args!("last_batch_key is {last}, but there is a batch {batch}");
            found.add("customers", "-", what);
        }
    }

    fn checkpoint(&mut self, checkpoint: &JournalCheckpoint, _: &mut Findings) {
        self.journaled.clone_from(&checkpoint.customer);
    }

    fn entry(&mut self, row: &JournalRow, _: &mut Findings) {
        if let Effect::CustomerChanged(customer) = &row.entry.effect {
            self.journaled = Some(customer.clone());
        }
    }

    fn end(&mut self, found: &mut Findings) {
        let (Some(row), Some(journaled)) = (&self.row, &self.journaled) else {
            found.add("customers", "-", "the journal has no entry of its creation");
            return;
        };
        let (kept, expected) = (&row.display_name, &journaled.display_name);
        found.expect_equal("customers", "-", "display_name", kept, expected);
        let (kept, expected) = (row.revision, journaled.revision);
        found.expect_equal("customers", "-", "revision", kept, expected);
    }
}
