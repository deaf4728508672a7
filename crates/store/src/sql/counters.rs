use seatkeeper_domain::{Customer, JournalSequence, Timestamp};

use crate::entity::customer;

/// The counters of a customer's transactions: read when the customer is locked, written once at
/// commit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counters {
    pub(super) last_user_key: i64,
    pub(super) last_batch_key: i64,
    pub(super) journal_sequence: JournalSequence,
    pub(super) journal_checkpoint: JournalSequence,
    pub(super) journal_begin_time: Timestamp,
    pub(super) waitlist_count: i64,
    pub(super) last_waitlist_sequence: i64,
}

impl Counters {
    pub(super) fn of(row: &customer::Model) -> Self {
        Self {
            last_user_key: row.last_user_key,
            last_batch_key: row.last_batch_key,
            journal_sequence: JournalSequence(row.journal_sequence),
            journal_checkpoint: JournalSequence(row.journal_checkpoint),
            journal_begin_time: Timestamp::from_micros(row.journal_begin_time),
            waitlist_count: row.waitlist_count,
            last_waitlist_sequence: row.last_waitlist_sequence,
        }
    }

    /// The customer's row, with these counters and the customer's own fields.
    pub(super) fn row(self, customer: &Customer) -> customer::Model {
        customer::Model {
            customer_key: customer.key.0,
            customer_id: customer.id.as_str().to_owned(),
            display_name: customer.display_name.clone(),
            user_count: customer.user_count,
            last_user_key: self.last_user_key,
            last_batch_key: self.last_batch_key,
            journal_sequence: self.journal_sequence.0,
            journal_checkpoint: self.journal_checkpoint.0,
            journal_begin_time: self.journal_begin_time.as_micros(),
            waitlist_count: self.waitlist_count,
            last_waitlist_sequence: self.last_waitlist_sequence,
            revision: customer.revision,
            create_time: customer.create_time.as_micros(),
            update_time: customer.update_time.as_micros(),
        }
    }
}
