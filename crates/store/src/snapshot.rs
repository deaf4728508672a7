use async_trait::async_trait;
use seatkeeper_domain::{
    BatchKey, Customer, Entitlement, HeldLicense, JournalEntry, JournalSequence, ProductKey,
    RequestId, Timestamp, UserId, UserKey, WaitlistSortKey,
};

use crate::{
    Batch, CheckpointLicense, HolderRow, HolderSetKey, IdempotencyRecord, JournalCheckpoint,
    Selected, StoreResult,
};

/// Everything a customer has, as of one moment, to be read through: what an audit works on.
///
/// It shows rows as they are, also those that nothing else would show because what they refer to
/// is missing. It holds a connection and keeps old versions of rows alive: drop it soon.
#[async_trait]
pub trait Snapshot: Send {
    /// The customer.
    fn customer(&self) -> &Customer;

    /// The numbers the customer has given out.
    fn counters(&self) -> CustomerCounters;

    /// What the directory comes to.
    async fn users(&mut self) -> StoreResult<UserTally>;

    /// All entitlements, ascending by product.
    async fn entitlements(&mut self) -> StoreResult<Vec<Entitlement>>;

    /// All seats set aside, ascending by batch and product.
    async fn reservations(&mut self) -> StoreResult<Vec<Reservation>>;

    /// Batches in any state, ascending, after the one named.
    async fn batches(&mut self, after: BatchKey, limit: usize) -> StoreResult<Vec<Batch>>;

    /// Parts of frozen selections, ascending by batch and position, after the one named.
    async fn segments(
        &mut self,
        after: Option<(BatchKey, i64)>,
        limit: usize,
    ) -> StoreResult<Vec<Segment>>;

    /// What request ids were used for, ascending, after the one named.
    async fn idempotency_records(
        &mut self,
        after: Option<&RequestId>,
        limit: usize,
    ) -> StoreResult<Vec<IdempotencyRecord>>;

    /// What stands in place of the journal entries that were removed; `None` when none was.
    async fn journal_checkpoint(&mut self) -> StoreResult<Option<JournalCheckpoint>>;

    /// The licenses held when the last of the removed entries was written, ascending by user and
    /// product, after the one named.
    async fn checkpoint_licenses(
        &mut self,
        after: Option<(UserKey, ProductKey)>,
        limit: usize,
    ) -> StoreResult<Vec<CheckpointLicense>>;

    /// Journal entries in order, after the one named.
    async fn journal(
        &mut self,
        after: JournalSequence,
        limit: usize,
    ) -> StoreResult<Vec<JournalRow>>;

    /// Entries of waitlists, ascending by product and sort key, after the one named.
    async fn waitlist(
        &mut self,
        after: Option<(ProductKey, WaitlistSortKey)>,
        limit: usize,
    ) -> StoreResult<Vec<WaitlistRow>>;

    /// Licenses after the one named, in the order in which the store walks them fastest.
    async fn licenses(
        &mut self,
        after: Option<(UserKey, ProductKey)>,
        limit: usize,
    ) -> StoreResult<Vec<LicenseRow>>;

    /// Sets of holders in the order of their keys, after the one named. Some may be empty.
    async fn holders(
        &mut self,
        after: Option<HolderSetKey>,
        limit: usize,
    ) -> StoreResult<Vec<HolderRow>>;
}

/// The numbers that a customer's transactions give out, each the last one given.
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
    /// The last sequence number in the order in which users joined waitlists.
    pub waitlist: i64,
    /// How many entries all waitlists have.
    pub waiting: i64,
}

/// What a directory comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserTally {
    /// How many users there are.
    pub count: i64,
    /// The greatest key of a user, there or deleted; `UserKey(0)` when there was none.
    pub greatest: UserKey,
}

/// A user who waits, with the rows the entry refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitlistRow {
    /// For which product.
    pub product: ProductKey,
    /// Where in its queue.
    pub sort_key: WaitlistSortKey,
    /// Who.
    pub user: UserKey,
    /// Whether there is such a user.
    pub user_exists: bool,
    /// Whether the user holds the product.
    pub holds: bool,
}

/// Seats of a product that are set aside for a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reservation {
    /// For whom.
    pub batch: BatchKey,
    /// Of which product.
    pub product: ProductKey,
    /// How many.
    pub seats: i64,
}

/// A part of a frozen selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Of which batch.
    pub batch: BatchKey,
    /// How many users of the batch come before it.
    pub first_position: i64,
    /// How many users it says it has.
    pub user_count: i64,
    /// The users it has.
    pub users: Vec<Selected>,
}

/// A journal entry with what its row says beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalRow {
    /// The entry.
    pub entry: JournalEntry,
    /// Under which batch and which results readers find it.
    pub results: Option<ResultRange>,
}

/// Results of a batch, from one sequence number to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResultRange {
    /// The batch.
    pub batch: BatchKey,
    /// The first result.
    pub first: i64,
    /// The last result.
    pub last: i64,
}

/// A license with the user it refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenseRow {
    /// Whose.
    pub user: UserKey,
    /// The user's identifier; `None` when there is no such user.
    pub user_id: Option<UserId>,
    /// What is held.
    pub held: HeldLicense,
    /// Since when.
    pub assign_time: Timestamp,
    /// The journal entry that changed it last.
    pub changed_by: JournalSequence,
}

impl JournalRow {
    /// The row that belongs to an entry.
    #[must_use]
    pub fn of(entry: JournalEntry) -> Self {
        let results = ResultRange::of(&entry);
        Self { entry, results }
    }
}

impl ResultRange {
    /// The results of a batch that an entry holds.
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
