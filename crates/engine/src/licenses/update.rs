use std::sync::Arc;

use seatkeeper_domain::{
    BatchMode, ChangeRequest, CompiledCatalog, CustomerId, JournalSequence, LicenseChanges,
    Principal, RequestId, ShortagePolicy, UserId,
};

/// A request to change the licenses of one user.
#[derive(Debug, Clone)]
pub struct UpdateUserLicenses {
    /// The customer.
    pub customer: CustomerId,
    /// The user whose licenses change.
    pub user: UserId,
    /// The change.
    pub change: ChangeRequest,
    /// Whether the change applies as a whole (`PER_USER`) or product by product (`PER_LICENSE`).
    pub mode: BatchMode,
    /// What to do when a seat is missing: fail the product, reject the call, buy the seat, or put
    /// the user on the waitlist.
    pub shortage: ShortagePolicy,
    /// The revision that the user must have; `None` for any.
    pub revision: Option<i64>,
    /// Whether to return the licenses held afterwards.
    pub report_licenses: bool,
    /// The caller's idempotency key.
    pub request_id: Option<RequestId>,
    /// Validate only: return what would change and write nothing.
    pub validate_only: bool,
    /// The principal that the journal records.
    pub principal: Principal,
}

/// The result of a change for one user.
#[derive(Debug, Clone)]
pub struct UserLicensesUpdated {
    /// The result of the user, in the form of a journal entry.
    pub changes: LicenseChanges,
    /// The catalog that decided it.
    pub catalog: Arc<CompiledCatalog>,
    /// The journal entry that holds the result; `None` when nothing changed or nothing was written.
    pub sequence: Option<JournalSequence>,
}
