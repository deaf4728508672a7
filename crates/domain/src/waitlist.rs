use crate::{
    BatchId, BatchKey, Change, Principal, ProductKey, Timestamp, UserId, UserKey, Violation,
};

/// The highest priority of a waitlist entry; the lowest is its negative. Enough for any scheme of
/// classes, and a bound on what a caller may send.
pub const WAITLIST_PRIORITY_MAX: i32 = 1_000;

/// A change of one user that waits for seats and applies as one when all of them are there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WaitingChange {
    /// What is still to be done.
    pub change: Change,
    /// The assigned products it needs a seat of, ascending, never empty: the user stands in the
    /// queue of each.
    pub seats: Vec<ProductKey>,
}

/// The sort key of an entry: queues are served in ascending order of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WaitlistSortKey {
    /// Minus the priority, so that higher priorities come first.
    pub rank: i32,
    /// The order of arrival over all queues of the customer.
    pub sequence: i64,
}

impl WaitlistSortKey {
    /// The priority it has.
    #[must_use]
    pub const fn priority(self) -> i32 {
        -self.rank
    }
}

/// A user who waits for a seat of a product. A user waits for a product at most once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitlistEntry {
    /// The product.
    pub product: ProductKey,
    /// The order in the product's queue.
    pub sort_key: WaitlistSortKey,
    /// How many wait for the product before the user, and the user: from 1.
    pub position: i64,
    /// Who waits.
    pub user: UserKey,
    /// The identifier of who waits.
    pub user_id: UserId,
    /// Tells the changes of one user apart: entries of one user with the same key wait for the
    /// same change.
    pub change_key: i64,
    /// What waits. It may name seats for which the user does not wait any more, because a newer
    /// change waits for them or the product is held by now; those are not part of it any more.
    pub waiting: WaitingChange,
    /// The batch that put the user here, with its identifier; `None` for a single call.
    pub batch: Option<(BatchKey, BatchId)>,
    /// Who asked for it.
    pub principal: Principal,
    /// Counts the changes to the entry; the source of its etag.
    pub revision: i64,
    /// When the user began to wait.
    pub create_time: Timestamp,
    /// When the entry last changed.
    pub update_time: Timestamp,
}

/// Users who left queues without having been served, by one decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitlistLeave {
    /// Who.
    pub user: UserId,
    /// The queues, ascending by product.
    pub products: Vec<ProductKey>,
    /// Why.
    pub reason: LeaveReason,
}

/// Why a user left a queue without having been served.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LeaveReason {
    /// A caller removed the entry.
    Removed,
    /// There was a seat, and then rules spoke against the change: all of them, sorted.
    Failed(Vec<Violation>),
    /// There was a seat, and the product had been retired.
    ProductRetired(ProductKey),
    /// There was a seat, and nothing was left to do.
    NothingToDo,
}
