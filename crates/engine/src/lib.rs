//! The use cases of Seatkeeper, independent of the wire protocol.
//!
//! [`Engine`] is the one entry point. Use cases do no parsing: they take parsed values and return
//! domain values. A use case that changes a customer takes the customer's lock.
//!
//! A batch is a durable job. It is *frozen* (its users are stored), *accepted*, then *run* chunk by
//! chunk by a worker on the server that holds its lease. Results are read back from the journal, so
//! a stream can be resumed from any position, on any server.

mod backoff;
mod batch;
mod catalogs;
mod change;
mod clock;
mod customers;
mod deduplicate;
mod digest;
mod directory;
mod engine;
mod entitlements;
mod error;
mod idempotency;
mod ids;
mod journal;
mod licenses;
mod lifecycle;
mod limits;
mod page;
mod retention;
mod selections;
mod tasks;
mod token_keys;
mod transaction;
mod waitlist;
mod weak_map;

pub use backoff::backoff;
pub use batch::{
    BatchEvent, BatchList, BatchRequest, CallerId, CurrentLicenses, DeferredUserStream,
    DeferredUserStreamStart, DryRun, DryRunEvent, ListBatchResults, ResultFilter, ResultPage,
    ResultStream, RetryFailedBatch, RevertBatch, Selector, StartedBatch, StoredResult, UserStream,
};
pub use catalogs::{CatalogImported, ImportCatalog};
pub use clock::{Clock, SystemClock};
pub use customers::{CreateCustomer, DeleteCustomer, UpdateCustomer};
pub use directory::{
    CreateUser, DeleteUser, ImportMode, ImportUsers, ImportedRow, ListUsers, RowFailure,
    UpdateUser, UserFields, UserPage, UserPatch,
};
pub use engine::{Engine, EngineConfig};
pub use entitlements::{
    EntitlementView, PurchaseSeats, ReduceSeats, RenewPurchase, SeatsPurchased, SeatsReduced,
};
pub use error::{
    EngineError, EngineResult, Invalid, InvalidKind, LimitKind, Resource, ResourceKind,
    SeatReleaseProblem, SeatReleaseRejection, Shortage,
};
pub use ids::{IdSource, RandomIds};
pub use journal::{JournalEvent, JournalStream, ListJournal, ReadEntry};
pub use licenses::{
    AssignedUserPage, CheckProductEligibility, Eligibilities, Eligibility, LicensePage,
    LicenseSummaries, LicenseSummary, ListAssignedUsers, ListLicenses, ProductPage,
    SummarizeLicenses, UpdateUserLicenses, UserLicensesUpdated,
};
pub use limits::Limits;
pub use page::Page;
pub use seatkeeper_store::{
    Batch, BatchRef, BatchSource, BatchTask, PageStart, TokenKey, UserCursor, UserPageQuery,
};
pub use selections::{
    ChangeSelectionUsers, CombineSelections, CreateSelection, DeleteSelection, ListSelectionUsers,
    MembershipChange, ResolvedUsers, SelectionBuilder, SelectionUsersChanged, SetOperation,
    UpdateSelection,
};
pub use token_keys::TokenKeys;
pub use waitlist::{LeaveWaitlist, ListWaitlist, PrioritizeWaiting, WaitingUser, WaitlistPage};
