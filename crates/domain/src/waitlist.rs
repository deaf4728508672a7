use crate::{
    BatchId, BatchKey, Change, Principal, ProductKey, Timestamp, UserId, UserKey, Violation,
};

/// The maximum priority of a waitlist entry; the minimum is its negative. Large enough for any
/// scheme of priority classes, and it bounds the values that callers may send.
pub const WAITLIST_PRIORITY_MAX: i32 = 1_000;

/// A change of one user that waits for seats and applies as one when all of them are available.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WaitingChange {
    /// The products that are still to be assigned and revoked.
    pub change: Change,
    /// The assigned products that need a seat, ascending, never empty: the user waits in the queue
    /// of each.
    pub seats: Vec<ProductKey>,
}

/// The sort key of an entry: users in a queue get seats in ascending order of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WaitlistSortKey {
    /// The negated priority, so that higher priorities sort first.
    pub rank: i32,
    /// The order of arrival over all queues of the customer.
    pub sequence: i64,
}

impl WaitlistSortKey {
    /// The priority of the entry.
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
    /// The sort key in the product's queue.
    pub sort_key: WaitlistSortKey,
    /// The user's position in the product's queue, from 1.
    pub position: i64,
    /// The waitlisted user.
    pub user: UserKey,
    /// The user's identifier.
    pub user_id: UserId,
    /// Distinguishes the changes of one user: entries of a user with equal keys wait for the same
    /// change.
    pub change_key: i64,
    /// The waiting change. It may list seats that the user no longer waits for, because a newer
    /// change waits for them or the user now holds the product; those are no longer part of the
    /// change.
    pub waiting: WaitingChange,
    /// The batch that added the entry, with its identifier; `None` for a single call.
    pub batch: Option<(BatchKey, BatchId)>,
    /// The caller that requested the change.
    pub principal: Principal,
    /// Number of changes to the entry; the source of its etag.
    pub revision: i64,
    /// When the user began to wait.
    pub create_time: Timestamp,
    /// When the entry last changed.
    pub update_time: Timestamp,
}

/// A user who left queues without a seat, by one decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitlistLeave {
    /// The user who left.
    pub user: UserId,
    /// The queues, ascending by product.
    pub products: Vec<ProductKey>,
    /// The reason for leaving.
    pub reason: LeaveReason,
}

/// Why a user left a queue without a seat.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LeaveReason {
    /// A caller removed the entry.
    Removed,
    /// A seat was free, but the change had violations: all of them, sorted.
    Failed(Vec<Violation>),
    /// A seat was free, but the product was retired.
    ProductRetired(ProductKey),
    /// A seat was free, but no change was left to make.
    NothingToDo,
}
