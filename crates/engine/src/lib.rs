//! The use cases of Seatkeeper: everything a caller can ask for, independent of the wire.
//!
//! [`Engine`] is the one entry point. Each use case parses nothing (values come in parsed),
//! takes the customer's lock where it changes something, and answers with domain values.
//!
//! A batch is a durable job. It is *frozen* (its users are written down), *accepted*, then
//! *driven* chunk by chunk by whichever server holds its lease; results are read back from the
//! journal, so a stream can be resumed from any point, on any server.

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
mod ids;
mod journal;
mod licenses;
mod limits;
mod page;
mod requests;
mod selections;
mod token_keys;
mod transact;
mod upkeep;
mod waitlist;
mod while_used;

pub use batch::{
    BatchEvent, BatchList, BatchRequest, CallerId, Collecting, Collection, CurrentLicenses, Intake,
    ListBatchResults, Preview, PreviewEvent, ResultFilter, ResultPage, ResultStream,
    RetryFailedBatch, RevertBatch, Selector, StartedBatch, StoredResult,
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
    EngineError, EngineResult, GivingUpProblem, GivingUpRefusal, Invalid, InvalidKind, LimitKind,
    Resource, ResourceKind, Shortage,
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
    ChangeSelectionUsers, CombineSelections, CreateSelection, DeleteSelection, GatheredUsers,
    Gathering, ListSelectionUsers, MembershipChange, SelectionUsersChanged, SetOperation,
    UpdateSelection,
};
pub use token_keys::TokenKeys;
pub use waitlist::{LeaveWaitlist, ListWaitlist, PrioritizeWaiting, WaitingUser, WaitlistPage};
