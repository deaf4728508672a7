use seatkeeper_domain::{Customer, Entitlement};
use seatkeeper_store::{
    Batch, CheckpointLicense, CustomerCounters, HolderRow, IdempotencyRecord, JournalCheckpoint,
    JournalRow, LicenseRow, Reservation, Segment, UserTally, WaitlistRow,
};

use crate::Findings;

/// An invariant of a customer. It receives the customer's rows and reports those that violate it.
/// The tables come in the order of the methods here, and the rows in the order of their keys.
///
/// It must keep at most a few words of memory for each license, chunk and batch.
pub trait Check: Send {
    /// The customer, its counters, and the tally of its directory.
    fn customer(
        &mut self,
        _customer: &Customer,
        _counters: CustomerCounters,
        _users: UserTally,
        _found: &mut Findings,
    ) {
    }

    /// Receives an entitlement.
    fn entitlement(&mut self, _entitlement: &Entitlement, _found: &mut Findings) {}

    /// Receives a batch.
    fn batch(&mut self, _batch: &Batch, _found: &mut Findings) {}

    /// Receives a seat reservation of a batch.
    fn reservation(&mut self, _reservation: &Reservation, _found: &mut Findings) {}

    /// Receives the checkpoint that replaces the deleted journal entries, if there is one.
    fn checkpoint(&mut self, _checkpoint: &JournalCheckpoint, _found: &mut Findings) {}

    /// Receives a license that was held at the checkpoint.
    fn checkpoint_license(&mut self, _license: &CheckpointLicense, _found: &mut Findings) {}

    /// Receives a journal entry.
    fn entry(&mut self, _row: &JournalRow, _found: &mut Findings) {}

    /// Receives a waitlisted user.
    fn waiting(&mut self, _waiting: &WaitlistRow, _found: &mut Findings) {}

    /// Receives a license.
    fn license(&mut self, _license: &LicenseRow, _found: &mut Findings) {}

    /// Receives a set of holders.
    fn holders(&mut self, _row: &HolderRow, _found: &mut Findings) {}

    /// Receives a segment of a frozen selection.
    fn segment(&mut self, _segment: &Segment, _found: &mut Findings) {}

    /// Receives a recorded request id with the result that it leads to.
    fn idempotency_record(&mut self, _request: &IdempotencyRecord, _found: &mut Findings) {}

    /// There are no more rows; the check reports what is missing.
    fn end(&mut self, _found: &mut Findings) {}
}
