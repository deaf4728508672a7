use std::fmt;

use seatkeeper_domain::{BatchState, CustomerId, FieldViolation, ProductId};
use seatkeeper_store::StoreError;

/// The result of every use case.
pub type EngineResult<T> = Result<T, EngineError>;

/// Why a use case was rejected or failed. No change was made, except where a variant says
/// otherwise.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EngineError {
    /// One or more fields of the request are invalid.
    #[error("the request is invalid")]
    Invalid(Vec<Invalid>),
    /// The change is not valid in the catalog.
    #[error("the change is invalid")]
    InvalidChange(Vec<FieldViolation>),
    /// The resource does not exist.
    #[error("{0} does not exist")]
    NotFound(Resource),
    /// The identifier is taken.
    #[error("{0} already exists")]
    AlreadyExists(Resource),
    /// The resource was changed since the caller read it.
    #[error("{0} was changed since it was read; read it again")]
    EtagMismatch(Resource),
    /// No catalog has been imported yet.
    #[error("no catalog has been imported; import a catalog first")]
    CatalogEmpty,
    /// Another catalog was imported during this import.
    #[error("another catalog was imported during this import; retry")]
    CatalogConflict,
    /// The request id was used for a different request.
    #[error("request id {request_id:?} was used for a different request; use a new one")]
    RequestIdReused {
        /// The request id.
        request_id: String,
    },
    /// A `REQUIRE_ALL` batch or call needs more seats than are available.
    #[error("not enough seats")]
    SeatsShort(Vec<Shortage>),
    /// A reduction would leave fewer seats than are assigned and reserved.
    #[error("the seats are in use")]
    SeatsInUse {
        /// The entitlement.
        entitlement: Resource,
        /// Seats held by users or reserved for batches.
        in_use: i64,
        /// Seats that would remain.
        remaining: i64,
    },
    /// The seats of these users can't be released.
    #[error("the seats of {} users can't be released", .0.len())]
    SeatReleaseRejected(Vec<SeatReleaseRejection>),
    /// A customer still has users or unfinished batches.
    #[error("customer {customer} is not empty")]
    CustomerNotEmpty {
        /// The customer.
        customer: CustomerId,
        /// Number of its users.
        users: i64,
        /// Number of its unfinished batches.
        unfinished_batches: i64,
    },
    /// A user still holds licenses.
    #[error("{user} holds {licenses} licenses")]
    UserHasLicenses {
        /// The user.
        user: Resource,
        /// Number of licenses the user holds.
        licenses: i64,
    },
    /// The batch has ended and can't be cancelled.
    #[error("batch {name} has ended")]
    BatchEnded {
        /// The batch's full resource name.
        name: String,
        /// The final state of the batch.
        state: BatchState,
    },
    /// The batch has not ended, so it can't be retried or reverted.
    #[error("batch {name} has not ended")]
    BatchUnfinished {
        /// The batch's full resource name.
        name: String,
    },
    /// None of the batch's users is to be retried.
    #[error("batch {name} has no failed users to retry")]
    NothingToRetry {
        /// The batch's full resource name.
        name: String,
    },
    /// The batch changed no license.
    #[error("batch {name} has no changes to revert")]
    NothingToRevert {
        /// The batch's full resource name.
        name: String,
    },
    /// The position is not in the journal.
    #[error("journal position {given} does not exist")]
    JournalPositionUnknown {
        /// The requested position.
        given: i64,
        /// The first valid position; entries up to it were removed.
        min: i64,
        /// The last valid position: the newest entry.
        max: i64,
    },
    /// The user stream exceeded its idle timeout, and the pending batch was abandoned. No change
    /// was made.
    #[error("the batch was abandoned: its user stream exceeded the idle timeout")]
    PendingBatchExpired,
    /// A value exceeds a limit.
    #[error("{kind}: {given} given, at most {max} allowed")]
    Limit {
        /// The limit.
        kind: LimitKind,
        /// The requested value, or the value that the request would have led to.
        given: i64,
        /// The largest allowed value.
        max: i64,
    },
    /// The server is shutting down. A stream can be resumed on another server.
    #[error("the server is shutting down")]
    Draining,
    /// The database can't be reached. The caller may retry later.
    #[error("the store is unavailable; retry later")]
    Unavailable(#[source] StoreError),
    /// The connection was lost during the commit: the change may or may not be committed.
    #[error("the outcome of the change is unknown")]
    OutcomeUnknown(#[source] StoreError),
    /// A defect of this program or a damaged database.
    #[error("the store failed")]
    Store(#[source] StoreError),
    /// A task of the engine ended without a result: a defect of this program.
    #[error("a task ended without a result")]
    TaskLost,
}

/// An invalid field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// The field's path in the request, such as `selection.filter`.
    pub field: String,
    /// What is wrong with the field, and what to do.
    pub description: String,
    /// The kind of the mistake, for programs.
    pub kind: InvalidKind,
}

/// Kinds of mistakes that the engine finds in a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvalidKind {
    /// The selection has no users.
    EmptySelection,
    /// The catalog does not have the product.
    UnknownProduct(ProductId),
    /// The product is retired: it can't be bought or assigned.
    RetiredProduct(ProductId),
    /// Any other invalid value.
    Value,
}

impl Invalid {
    pub(crate) fn value(field: &str, description: impl Into<String>) -> EngineError {
        Self::one(InvalidKind::Value, field, description)
    }

    pub(crate) fn unknown_product(field: &str, id: &ProductId) -> EngineError {
        Self::one(
            InvalidKind::UnknownProduct(id.clone()),
            field,
            format!("product {id} is not in the catalog"),
        )
    }

    pub(crate) fn one(
        kind: InvalidKind,
        field: &str,
        description: impl Into<String>,
    ) -> EngineError {
        EngineError::Invalid(vec![Self {
            field: field.to_owned(),
            description: description.into(),
            kind,
        }])
    }
}

/// The resource that an error is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// The kind of the resource.
    pub kind: ResourceKind,
    /// Its full resource name.
    pub name: String,
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)
    }
}

/// Kinds of resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are terms of the glossary")]
pub enum ResourceKind {
    Customer,
    User,
    Product,
    Entitlement,
    Purchase,
    Batch,
    Selection,
    CatalogVersion,
    WaitlistEntry,
}

impl Resource {
    pub(crate) fn customer(customer: &CustomerId) -> Self {
        Self {
            kind: ResourceKind::Customer,
            name: format!("customers/{customer}"),
        }
    }

    pub(crate) fn of_customer(
        kind: ResourceKind,
        customer: &CustomerId,
        collection: &str,
        id: impl fmt::Display,
    ) -> Self {
        Self {
            kind,
            name: format!("customers/{customer}/{collection}/{id}"),
        }
    }
}

/// The seats of a product that a batch lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortage {
    /// The product.
    pub product: ProductId,
    /// Seats that the batch needs.
    pub needed: i64,
    /// Seats available; may be negative.
    pub available: i64,
}

impl Shortage {
    /// Number of missing seats. If more seats are assigned than usable, the excess counts as well.
    #[must_use]
    pub fn short(&self) -> i64 {
        self.needed - self.available
    }
}

/// A user whose seat can't be released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatReleaseRejection {
    /// The user.
    pub user: Resource,
    /// Why the seat can't be released.
    pub problem: SeatReleaseProblem,
}

/// Why a seat can't be released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeatReleaseProblem {
    /// The directory does not have the user.
    NoSuchUser,
    /// The user does not hold the product.
    NotHeld,
    /// The user's license of this product depends on the released product.
    NeededBy(ProductId),
}

/// Limits that a request can exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitKind {
    /// Users of one batch.
    BatchUsers,
    /// Users of one `ALL_OR_NOTHING` batch.
    AllOrNothingUsers,
    /// Unfinished batches of one customer.
    UnfinishedBatches,
    /// Unfinished batches of one server.
    ServerBatches,
    /// Unfinished batches of one caller on one server.
    CallerBatches,
    /// Unfinished batches of one caller for one customer on one server.
    CallerCustomerBatches,
    /// Users of one selection.
    SelectionUsers,
    /// Purchases of one entitlement.
    EntitlementPurchases,
    /// Saved selections of one customer.
    Selections,
}

impl LimitKind {
    /// The limit's name in error messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BatchUsers => "users of a batch",
            Self::AllOrNothingUsers => "users of an all-or-nothing batch",
            Self::UnfinishedBatches => "unfinished batches of a customer",
            Self::ServerBatches => "unfinished batches of this server",
            Self::CallerBatches => "unfinished batches of this caller",
            Self::CallerCustomerBatches => "unfinished batches of this caller for the customer",
            Self::SelectionUsers => "users of a selection",
            Self::EntitlementPurchases => "purchases of an entitlement",
            Self::Selections => "saved selections of a customer",
        }
    }
}

impl fmt::Display for LimitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<StoreError> for EngineError {
    fn from(error: StoreError) -> Self {
        match error {
            // A conflict that exceeds its retries is contention, not a defect.
            StoreError::Unavailable(_) | StoreError::Conflict(_) | StoreError::Full(_) => {
                Self::Unavailable(error)
            }
            StoreError::CommitUnknown(_) => Self::OutcomeUnknown(error),
            StoreError::AlreadyExists { .. }
            | StoreError::Corrupt { .. }
            | StoreError::SchemaTooNew { .. }
            | StoreError::SchemaUnreleased
            | StoreError::SchemaTooOld { .. }
            | StoreError::InUse { .. }
            | StoreError::Exists { .. }
            | StoreError::Address { .. }
            | StoreError::Database(_) => Self::Store(error),
        }
    }
}
