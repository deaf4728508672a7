use seatkeeper_domain::{Customer, Entitlement};
use seatkeeper_store::{
    Batch, CheckpointLicense, CustomerCounters, HolderRow, IdempotencyRecord, JournalCheckpoint,
    JournalRow, LicenseRow, Reservation, Segment, UserTally, WaitlistRow,
};

use crate::Findings;

/// An invariant of a customer. It is told the customer's rows, table by table in the order of the
/// methods here and row by row in the order of their keys, and says what does not hold.
///
/// It must not keep more than a few words for each license, each chunk and each batch.
pub trait Check: Send {
    /// The customer, the numbers it has given out, and what its directory comes to.
    fn customer(
        &mut self,
        _customer: &Customer,
        _counters: CustomerCounters,
        _users: UserTally,
        _found: &mut Findings,
    ) {
    }

    /// An entitlement.
    fn entitlement(&mut self, _entitlement: &Entitlement, _found: &mut Findings) {}

    /// A batch.
    fn batch(&mut self, _batch: &Batch, _found: &mut Findings) {}

    /// Seats set aside.
    fn reservation(&mut self, _reservation: &Reservation, _found: &mut Findings) {}

    /// What stands in place of the journal entries that were removed, where some were.
    fn checkpoint(&mut self, _checkpoint: &JournalCheckpoint, _found: &mut Findings) {}

    /// A license that was held when the last of the removed entries was written.
    fn checkpoint_license(&mut self, _license: &CheckpointLicense, _found: &mut Findings) {}

    /// A journal entry.
    fn entry(&mut self, _row: &JournalRow, _found: &mut Findings) {}

    /// A user who waits.
    fn waiting(&mut self, _waiting: &WaitlistRow, _found: &mut Findings) {}

    /// A license.
    fn license(&mut self, _license: &LicenseRow, _found: &mut Findings) {}

    /// A set of holders.
    fn holders(&mut self, _row: &HolderRow, _found: &mut Findings) {}

    /// A part of a frozen selection.
    fn segment(&mut self, _segment: &Segment, _found: &mut Findings) {}

    /// What a request id was used for.
    fn idempotency_record(&mut self, _request: &IdempotencyRecord, _found: &mut Findings) {}

    /// There are no more rows.
    fn end(&mut self, _found: &mut Findings) {}
}
