use async_trait::async_trait;
use seatkeeper_domain::{
    BatchKey, Customer, Entitlement, HeldLicense, JournalEntry, JournalSequence, ProductKey,
    RequestId, Timestamp, UserId, UserKey, WaitlistSortKey,
};

use crate::{
    Batch, CheckpointLicense, HolderRow, HolderSetKey, IdempotencyRecord, JournalCheckpoint,
    Selected, StoreResult,
};

/// Everything that a customer has, as of one moment; for audits, which read all of it.
///
/// It returns rows as they are, also rows that no other read returns because a row they refer to is
/// missing. It holds a connection and keeps old row versions alive: drop it soon.
#[async_trait]
pub trait Snapshot: Send {
    /// The customer.
    fn customer(&self) -> &Customer;

    /// The last number that each of the customer's counters has given out.
    fn counters(&self) -> CustomerCounters;

    /// A summary of the directory.
    async fn users(&mut self) -> StoreResult<UserTally>;

    /// All entitlements, ascending by product.
    async fn entitlements(&mut self) -> StoreResult<Vec<Entitlement>>;

    /// All reservations, ascending by batch and product.
    async fn reservations(&mut self) -> StoreResult<Vec<Reservation>>;

    /// Batches in any state after `after`, ascending.
    async fn batches(&mut self, after: BatchKey, limit: usize) -> StoreResult<Vec<Batch>>;

    /// Segments of frozen selections after `after`, ascending by batch and position.
    async fn segments(
        &mut self,
        after: Option<(BatchKey, i64)>,
        limit: usize,
    ) -> StoreResult<Vec<Segment>>;

    /// Idempotency keys after `after`, ascending.
    async fn idempotency_records(
        &mut self,
        after: Option<&RequestId>,
        limit: usize,
    ) -> StoreResult<Vec<IdempotencyRecord>>;

    /// The checkpoint that replaces the removed journal entries; `None` when none was removed.
    async fn journal_checkpoint(&mut self) -> StoreResult<Option<JournalCheckpoint>>;

    /// The licenses held when the last of the removed entries was written, after `after`, ascending
    /// by user and product.
    async fn checkpoint_licenses(
        &mut self,
        after: Option<(UserKey, ProductKey)>,
        limit: usize,
    ) -> StoreResult<Vec<CheckpointLicense>>;

    /// Journal entries after `after`, in order.
    async fn journal(
        &mut self,
        after: JournalSequence,
        limit: usize,
    ) -> StoreResult<Vec<JournalRow>>;

    /// Waitlist entries after `after`, ascending by product and sort key.
    async fn waitlist(
        &mut self,
        after: Option<(ProductKey, WaitlistSortKey)>,
        limit: usize,
    ) -> StoreResult<Vec<WaitlistRow>>;

    /// Licenses after `after`, in the order that the store scans fastest.
    async fn licenses(
        &mut self,
        after: Option<(UserKey, ProductKey)>,
        limit: usize,
    ) -> StoreResult<Vec<LicenseRow>>;

    /// Sets of holders after `after`, ascending by key. A set may be empty.
    async fn holders(
        &mut self,
        after: Option<HolderSetKey>,
        limit: usize,
    ) -> StoreResult<Vec<HolderRow>>;
}

/// The counters that a customer's transactions advance; each is the last number given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CustomerCounters {
    /// The greatest user key.
    pub last_user: UserKey,
    /// The greatest batch key.
    pub last_batch: BatchKey,
    /// The last journal entry.
    pub journal: JournalSequence,
    /// The last journal entry that was removed.
    pub journal_checkpoint: JournalSequence,
    /// The sequence number of the last user who joined a waitlist.
    pub waitlist: i64,
    /// The number of entries in all waitlists.
    pub waiting: i64,
}

/// A summary of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserTally {
    /// The number of users, without deleted ones.
    pub count: i64,
    /// The greatest key of a user, deleted ones included; `UserKey(0)` when there was none.
    pub greatest: UserKey,
}

/// A waitlist entry, with the rows that it refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitlistRow {
    /// The product that the user waits for.
    pub product: ProductKey,
    /// The position in the product's waitlist.
    pub sort_key: WaitlistSortKey,
    /// The waitlisted user.
    pub user: UserKey,
    /// Whether the user exists.
    pub user_exists: bool,
    /// Whether the user holds the product.
    pub holds: bool,
}

/// Seats of a product that are reserved for a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reservation {
    /// The batch that the seats are reserved for.
    pub batch: BatchKey,
    /// The product.
    pub product: ProductKey,
    /// The number of seats.
    pub seats: i64,
}

/// A segment of a frozen selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The batch that owns the selection.
    pub batch: BatchKey,
    /// The number of the batch's users in the segments before it.
    pub first_position: i64,
    /// The number of users according to the row.
    pub user_count: i64,
    /// The users in the row's payload.
    pub users: Vec<Selected>,
}

/// A journal entry, with the columns that index it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalRow {
    /// The entry.
    pub entry: JournalEntry,
    /// The batch and results that the row is indexed under; `None` when it holds no results.
    pub results: Option<ResultRange>,
}

/// A range of a batch's results, by sequence numbers, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResultRange {
    /// The batch.
    pub batch: BatchKey,
    /// The first result.
    pub first: i64,
    /// The last result.
    pub last: i64,
}

/// A license, with the user that it refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenseRow {
    /// The user who holds it.
    pub user: UserKey,
    /// The user's identifier; `None` when the user does not exist.
    pub user_id: Option<UserId>,
    /// The product and the disabled plans.
    pub held: HeldLicense,
    /// When it was assigned.
    pub assign_time: Timestamp,
    /// The journal entry that changed it last.
    pub changed_by: JournalSequence,
}

impl JournalRow {
    /// The row that the store writes for an entry.
    #[must_use]
    pub fn of(entry: JournalEntry) -> Self {
        let results = ResultRange::of(&entry);
        Self { entry, results }
    }
}

impl ResultRange {
    /// The batch results that an entry holds; `None` when it holds none.
    #[must_use]
    pub fn of(entry: &JournalEntry) -> Option<Self> {
        let seatkeeper_domain::Effect::LicensesChanged(changes) = &entry.effect else {
            return None;
        };
        changes.span.map(|span| Self {
            batch: span.batch,
            first: span.first_result,
            last: changes.last_result(),
        })
    }
}
