use std::fmt;

use seatkeeper_domain::{BatchState, CustomerId, FieldViolation, ProductId};
use seatkeeper_store::StoreError;

/// What every use case answers with.
pub type EngineResult<T> = Result<T, EngineError>;

/// Why a use case was refused or could not be carried out. Nothing was changed, except where a
/// variant says otherwise.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EngineError {
    /// Something in the request is wrong.
    #[error("the request is invalid")]
    Invalid(Vec<Invalid>),
    /// The change does not fit the catalog.
    #[error("the change is invalid")]
    InvalidChange(Vec<FieldViolation>),
    /// No such thing.
    #[error("{0} does not exist")]
    NotFound(Resource),
    /// The identifier is taken.
    #[error("{0} already exists")]
    AlreadyExists(Resource),
    /// The resource was changed since the caller read it.
    #[error("{0} was changed by someone else")]
    EtagMismatch(Resource),
    /// No catalog was imported yet.
    #[error("no catalog has been imported")]
    CatalogEmpty,
    /// Another catalog import came first.
    #[error("another catalog import came first")]
    CatalogConflict,
    /// The request id was used for another request.
    #[error("request id {request_id:?} was used for another request")]
    RequestIdReused {
        /// The id.
        request_id: String,
    },
    /// A `REQUIRE_ALL` batch needs more seats than there are.
    #[error("not enough seats")]
    SeatsShort(Vec<Shortage>),
    /// A reduction would go below what is assigned and reserved.
    #[error("seats are in use")]
    SeatsInUse {
        /// The entitlement.
        entitlement: Resource,
        /// Seats held by users or set aside for batches.
        in_use: i64,
        /// Seats that would remain.
        remaining: i64,
    },
    /// The seats of these users can't be released.
    #[error("the seats of {} users can't be released", .0.len())]
    SeatReleaseRejected(Vec<SeatReleaseRejection>),
    /// A customer still has users, or unfinished batches.
    #[error("customer {customer} is not empty")]
    CustomerNotEmpty {
        /// Which.
        customer: CustomerId,
        /// Users it has.
        users: i64,
        /// Batches of it that are not finished.
        unfinished_batches: i64,
    },
    /// A user still holds licenses.
    #[error("{user} holds {licenses} licenses")]
    UserHasLicenses {
        /// Who.
        user: Resource,
        /// How many.
        licenses: i64,
    },
    /// The batch has ended and can't be cancelled any more.
    #[error("batch {name} has ended")]
    BatchEnded {
        /// The batch's full resource name.
        name: String,
        /// How it ended.
        state: BatchState,
    },
    /// The batch has not ended, so that it can be neither tried again nor reverted.
    #[error("batch {name} has not ended")]
    BatchUnfinished {
        /// The batch's full resource name.
        name: String,
    },
    /// Nobody whom the batch failed is to be tried again.
    #[error("batch {name} has nothing to try again")]
    NothingToRetry {
        /// The batch's full resource name.
        name: String,
    },
    /// The batch changed nothing.
    #[error("batch {name} has nothing to revert")]
    NothingToRevert {
        /// The batch's full resource name.
        name: String,
    },
    /// The journal has no such entry to go on after.
    #[error("there is no journal entry {given}")]
    JournalPositionUnknown {
        /// After which.
        given: i64,
        /// The first after which there are entries: those before were removed.
        min: i64,
        /// The last that exists.
        max: i64,
    },
    /// The stream of users was idle for too long, and the batch was abandoned. Nothing was done.
    #[error("the batch was abandoned because its users were not sent in time")]
    PendingBatchExpired,
    /// More than a limit allows.
    #[error("{kind}: {given} given, at most {max} allowed")]
    Limit {
        /// Which limit.
        kind: LimitKind,
        /// What was asked for, or what it would have come to.
        given: i64,
        /// What is allowed.
        max: i64,
    },
    /// The server is shutting down. A stream can be resumed elsewhere.
    #[error("the server is shutting down")]
    Draining,
    /// The database can't be reached. Trying again later may work.
    #[error("the store is unavailable")]
    Unavailable(#[source] StoreError),
    /// The connection was lost while committing: the change may or may not be there.
    #[error("the outcome of the change is unknown")]
    OutcomeUnknown(#[source] StoreError),
    /// A defect of this program or a damaged database.
    #[error("the store failed")]
    Store(#[source] StoreError),
    /// A task of the engine ended before its work was done: a defect of this program.
    #[error("a task ended early")]
    TaskLost,
}

/// One field of a request that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// The field's path in the request, such as `selection.filter`.
    pub field: String,
    /// What is wrong with it and what to do.
    pub description: String,
    /// Which kind of mistake, for programs.
    pub kind: InvalidKind,
}

/// Kinds of mistakes in a request that the engine finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvalidKind {
    /// The selection has no users.
    EmptySelection,
    /// A product that the catalog does not have.
    UnknownProduct(ProductId),
    /// A product that can't be bought or assigned any more.
    RetiredProduct(ProductId),
    /// Any other value that is not acceptable.
    Value,
}

impl Invalid {
    pub(crate) fn value(field: &str, description: impl Into<String>) -> EngineError {
        Self::one(InvalidKind::Value, field, description)
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

/// A resource an error is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// What kind of thing.
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
#[expect(missing_docs, reason = "the vocabulary's own words")]
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

/// How many seats of a product a batch lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortage {
    /// The product.
    pub product: ProductId,
    /// Seats the batch needs.
    pub needed: i64,
    /// Seats available; may be negative.
    pub available: i64,
}

impl Shortage {
    /// Seats missing: where fewer are there than are held already, those too.
    #[must_use]
    pub fn short(&self) -> i64 {
        self.needed - self.available
    }
}

/// A user whose seat can't be released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatReleaseRejection {
    /// Who.
    pub user: Resource,
    /// Why.
    pub problem: SeatReleaseProblem,
}

/// Why a seat can't be released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeatReleaseProblem {
    /// The directory has no such user.
    NoSuchUser,
    /// The user holds none.
    NotHeld,
    /// The user's license of this product needs it.
    NeededBy(ProductId),
}

/// Limits that a request can run into.
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
    /// Unfinished batches of one server that one caller started.
    CallerBatches,
    /// Those of one customer.
    CallerCustomerBatches,
    /// Users of one selection.
    SelectionUsers,
    /// Purchases behind one entitlement.
    EntitlementPurchases,
    /// Saved selections of one customer.
    Selections,
}

impl LimitKind {
    /// The limit's name in quota failures and metadata.
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
            // A conflict that outlived its retries is contention, not a defect.
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
