use std::collections::BTreeMap;

use crate::{
    Batch, CompactionStep, IdempotencyRecord, LicensePageQuery, LicenseVersion, LoadedChunk,
    NewBatch, NewSelection, PackedSegment, SelectQuery, Selected, StoreError, StoreResult,
    WaitlistJoins, WaitlistQuery,
};
use async_trait::async_trait;
use seatkeeper_domain::{
    BatchId, BatchKey, Customer, Effect, Entitlement, JournalEntry, JournalSequence,
    LicenseChanges, Principal, ProductKey, RelevantProducts, RequestId, Selection, SelectionId,
    SelectionKey, Timestamp, UsageLocation, User, UserFilter, UserId, UserKey, UserSet, UserState,
    WaitlistEntry,
};

/// A transaction that holds one customer's lock: no other transaction changes the customer while it
/// is open, and every read is current.
///
/// Dropping it without [`CustomerTx::commit`] rolls it back. It must live in a task that is never
/// cancelled half-way.
#[async_trait]
pub trait CustomerTx: Send {
    /// The customer, with the changes of this transaction.
    fn customer(&self) -> &Customer;

    /// The customer's last journal entry, including those of this transaction.
    fn journal_sequence(&self) -> JournalSequence;

    /// Replaces the customer's own fields (display name, revision, update time).
    async fn save_customer(&mut self, customer: Customer) -> StoreResult<()>;

    /// Deletes the customer and all its data.
    async fn delete_customer(&mut self) -> StoreResult<()>;

    /// The users with these identifiers, in the same order; `None` for an identifier that no user
    /// has.
    async fn users(&mut self, ids: &[UserId]) -> StoreResult<Vec<Option<User>>>;

    /// Adds users under the next keys, in order, and returns the keys.
    ///
    /// # Errors
    /// [`crate::StoreError::AlreadyExists`] when an identifier is taken.
    async fn insert_users(&mut self, users: Vec<NewUser>) -> StoreResult<Vec<UserKey>>;

    /// Replaces the fields of existing users, found by their keys.
    async fn update_users(&mut self, users: &[User]) -> StoreResult<()>;

    /// Deletes a user who holds no license, also from saved selections and from waitlists. The
    /// identifier is kept for frozen selections.
    async fn delete_user(&mut self, user: UserKey) -> StoreResult<()>;

    /// The keys of these identifiers, in the same order; `None` for an identifier that no user has.
    async fn resolve_users(&mut self, ids: &[UserId]) -> StoreResult<Vec<Option<UserKey>>>;

    /// A range of users in directory order.
    async fn select_users(&mut self, query: &SelectQuery) -> StoreResult<Vec<UserKey>>;

    /// How many users match.
    async fn count_users(&mut self, filter: Option<&UserFilter>) -> StoreResult<i64>;

    /// The greatest user key ever assigned; `UserKey(0)` before the first user.
    fn last_user_key(&self) -> UserKey;

    /// How many users were ever deleted.
    fn count_deleted_users(&self) -> i64;

    /// The keys of all users who were ever deleted.
    async fn deleted_users(&mut self) -> StoreResult<UserSet>;

    /// The state of these users, with their licenses of the relevant products, read set-based.
    async fn load_chunk(
        &mut self,
        selected: &[Selected],
        relevant: &RelevantProducts,
    ) -> StoreResult<LoadedChunk>;

    /// For each license of these users the last change, ascending by user, then by product.
    async fn license_versions(&mut self, users: &[UserKey]) -> StoreResult<Vec<LicenseVersion>>;

    /// One page of licenses, by user in directory order, then by product.
    async fn licenses(
        &mut self,
        query: &LicensePageQuery,
    ) -> StoreResult<Vec<seatkeeper_domain::License>>;

    /// The entitlements to these products, ascending by product; products without one are left out.
    async fn entitlements(&mut self, products: &[ProductKey]) -> StoreResult<Vec<Entitlement>>;

    /// Inserts an entitlement or replaces its purchases, revision and times. Assigned and reserved
    /// seats and the number of waitlisted users stay unchanged: only licenses, reservations and
    /// waitlists change them.
    async fn save_entitlement(&mut self, entitlement: &Entitlement) -> StoreResult<()>;

    /// The seats reserved for a batch, ascending by product.
    async fn reservations(&mut self, batch: BatchKey) -> StoreResult<Vec<(ProductKey, i64)>>;

    /// Replaces a batch's reservations; products that are not named are released. The entitlements'
    /// `reserved` counts change with them.
    async fn set_reservations(
        &mut self,
        batch: BatchKey,
        seats: &[(ProductKey, i64)],
    ) -> StoreResult<()>;

    /// Writes decisions: the licenses, the assigned seats, and for each record one journal entry
    /// that holds both, as if the records were written one after the other. No other call writes
    /// these, so entries, licenses and counters can't disagree. A user who gains a product leaves
    /// its waitlist.
    ///
    /// The number of statements is small for any number of records.
    ///
    /// # Errors
    /// [`crate::StoreError::Corrupt`] when two of the records decide on the same user: the second
    /// decision did not take the first into account.
    async fn record_all_licenses(
        &mut self,
        time: Timestamp,
        records: Vec<LicenseRecord>,
    ) -> StoreResult<Vec<JournalEntry>>;

    /// [`CustomerTx::record_all_licenses`] for one record.
    async fn record_licenses(
        &mut self,
        time: Timestamp,
        principal: &Principal,
        changes: LicenseChanges,
    ) -> StoreResult<JournalEntry> {
        let record = LicenseRecord {
            principal: principal.clone(),
            changes,
        };
        let entries = self.record_all_licenses(time, vec![record]).await?;
        let entry = entries.into_iter().next();
        Ok(entry.expect("there is an entry for each record"))
    }

    /// The number of entries in all waitlists of the customer.
    fn waitlist_count(&self) -> i64;

    /// The products, ascending, whose seats or waitlists this transaction has changed since the
    /// last call, so that a waitlisted user may now get a seat.
    fn take_dirty_queues(&mut self) -> Vec<ProductKey>;

    /// One page of waitlist entries.
    async fn waitlist(&mut self, query: &WaitlistQuery) -> StoreResult<Vec<WaitlistEntry>>;

    /// The waitlist entries of these users: each user with the key of the change, and the product.
    async fn waited_for(
        &mut self,
        users: &[UserKey],
    ) -> StoreResult<Vec<(UserKey, i64, ProductKey)>>;

    /// Appends users to the waitlists of the products they need, with priority 0. A user who is
    /// already in a waitlist keeps the position, and the waiting change is replaced.
    async fn join_waitlist(&mut self, time: Timestamp, joins: &WaitlistJoins) -> StoreResult<()>;

    /// Removes changes, each named by its user and its key, from all waitlists.
    async fn leave_waitlist(&mut self, changes: &[(UserKey, i64)]) -> StoreResult<()>;

    /// Changes the priority of a user's waitlist entry. Entries with equal priority are served in
    /// order of arrival.
    async fn prioritize(
        &mut self,
        time: Timestamp,
        product: ProductKey,
        user: UserKey,
        priority: i32,
    ) -> StoreResult<()>;

    /// When a product's waitlist is next due, as [`CustomerTx::set_waitlist_due`] set it.
    async fn waitlist_due(&mut self, product: ProductKey) -> StoreResult<Option<Timestamp>>;

    /// Sets when the worker next examines a product's waitlist: at a time when seats become
    /// available without a transaction, or now, when there are more free seats than users served.
    async fn set_waitlist_due(
        &mut self,
        product: ProductKey,
        due: Option<Timestamp>,
    ) -> StoreResult<()>;

    /// Appends an entry that changes no license to the journal.
    async fn append(
        &mut self,
        time: Timestamp,
        principal: &Principal,
        effect: Effect,
    ) -> StoreResult<JournalEntry>;

    /// The journal entries with these sequence numbers, in the same order; `None` for one that does
    /// not exist.
    async fn entries(
        &mut self,
        sequences: &[JournalSequence],
    ) -> StoreResult<Vec<Option<JournalEntry>>>;

    /// [`CustomerTx::entries`] for one sequence number.
    async fn entry(&mut self, sequence: JournalSequence) -> StoreResult<Option<JournalEntry>> {
        let found = self.entries(&[sequence]).await?;
        Ok(found.into_iter().flatten().next())
    }

    /// A batch's journal entries, as [`crate::Store::batch_entries`] returns them.
    async fn batch_entries(
        &mut self,
        batch: BatchKey,
        after_result: i64,
        limit: usize,
    ) -> StoreResult<Vec<JournalEntry>>;

    /// The stored idempotency keys, in the order of `ids`; `None` for one that no request has used.
    async fn idempotency_records(
        &mut self,
        ids: &[RequestId],
    ) -> StoreResult<Vec<Option<IdempotencyRecord>>>;

    /// [`CustomerTx::idempotency_records`] for one request id.
    async fn idempotency_record(
        &mut self,
        id: &RequestId,
    ) -> StoreResult<Option<IdempotencyRecord>> {
        let found = self.idempotency_records(std::slice::from_ref(id)).await?;
        Ok(found.into_iter().flatten().next())
    }

    /// Stores idempotency keys.
    ///
    /// # Errors
    /// [`crate::StoreError::AlreadyExists`] when one was used before, or is named twice.
    async fn insert_idempotency_records(
        &mut self,
        records: &[IdempotencyRecord],
    ) -> StoreResult<()>;

    /// A saved selection by identifier, also an expired one.
    async fn selection(&mut self, id: &SelectionId) -> StoreResult<Option<Selection>>;

    /// The number of the customer's selections that have not expired at `now`.
    async fn count_selections(&mut self, now: Timestamp) -> StoreResult<i64>;

    /// Stores a selection of these users, which must exist, and returns it.
    ///
    /// # Errors
    /// [`crate::StoreError::AlreadyExists`] when the identifier is taken, also by an expired
    /// selection.
    async fn insert_selection(
        &mut self,
        selection: NewSelection,
        users: &UserSet,
    ) -> StoreResult<Selection>;

    /// Replaces a selection's display name, idle time, revision, expiry and update time.
    async fn save_selection(&mut self, selection: &Selection) -> StoreResult<()>;

    /// Adds users, which must exist, to a selection and to its count. Returns how many were added.
    async fn add_selection_users(
        &mut self,
        selection: SelectionKey,
        users: &UserSet,
    ) -> StoreResult<i64>;

    /// Removes users from a selection and from its count. Returns how many were removed.
    async fn remove_selection_users(
        &mut self,
        selection: SelectionKey,
        users: &UserSet,
    ) -> StoreResult<i64>;

    /// Deletes a selection with its users.
    async fn delete_selection(&mut self, selection: SelectionKey) -> StoreResult<()>;

    /// Stores a batch in state Preparing and returns it.
    ///
    /// # Errors
    /// [`crate::StoreError::AlreadyExists`] when the identifier is taken.
    async fn insert_batch(&mut self, batch: NewBatch) -> StoreResult<Batch>;

    /// A batch by key.
    async fn batch(&mut self, batch: BatchKey) -> StoreResult<Option<Batch>>;

    /// A batch by identifier.
    async fn batch_by_id(&mut self, batch: &BatchId) -> StoreResult<Option<Batch>>;

    /// How many batches of the customer are in state Running.
    async fn count_running_batches(&mut self) -> StoreResult<i64>;

    /// The customer's batches in state Preparing or Running, ascending.
    async fn unfinished_batches(&mut self) -> StoreResult<Vec<Batch>>;

    /// Replaces a batch's state, counts, user stream, lease and times. Its spec and id never change.
    async fn save_batch(&mut self, batch: &Batch) -> StoreResult<()>;

    /// Deletes a batch with its frozen selection and its reservations; its journal entries stay.
    async fn delete_batch(&mut self, batch: BatchKey) -> StoreResult<()>;

    /// Removes an ended batch step by step. The first call deletes its request id, which hides the
    /// batch from every read but [`crate::Store::ended_batches`]. Each call deletes at most
    /// `segments_max` segments of the frozen selection; the last one also deletes the batch.
    /// Journal entries stay. Returns true when the batch is completely removed.
    ///
    /// # Errors
    /// [`crate::StoreError::Corrupt`] when the batch has not ended.
    async fn remove_batch(&mut self, batch: BatchKey, segments_max: usize) -> StoreResult<bool>;

    /// Deletes the oldest request ids, at most `limit`, that led to a journal entry and were first
    /// used at `until` or earlier. Returns how many.
    async fn delete_old_idempotency_records(
        &mut self,
        until: Timestamp,
        limit: usize,
    ) -> StoreResult<usize>;

    /// Replaces the oldest journal entries, with the request ids that led to them, by the
    /// checkpoint. The last entry and the entries of existing batches stay. Returns how many
    /// entries were removed; zero when there is none to remove.
    async fn compact_journal(&mut self, step: CompactionStep) -> StoreResult<usize>;

    /// Appends segments of users to a batch's frozen selection. The first one starts at position
    /// `first_position` (zero-based; equal to the number of users already appended).
    async fn append_segments(
        &mut self,
        batch: BatchKey,
        first_position: i64,
        segments: &[PackedSegment],
    ) -> StoreResult<()>;

    /// The users of the segment that starts at `first_position` and of the segments after it, at
    /// most `segments_max` segments; `None` when no segment starts there.
    async fn segments(
        &mut self,
        batch: BatchKey,
        first_position: i64,
        segments_max: usize,
    ) -> StoreResult<Option<Vec<Selected>>>;

    /// Commits. After an error nothing is visible, except after
    /// [`crate::StoreError::CommitUnknown`]: a read then returns what was committed.
    async fn commit(self: Box<Self>) -> StoreResult<()>;
}

/// Decisions to be written, with the principal who requested them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenseRecord {
    /// The principal who requested the change.
    pub principal: Principal,
    /// The decisions.
    pub changes: LicenseChanges,
}

/// Rejects records when two of them decide on the same user.
pub(crate) fn refuse_repeated_users(records: &[LicenseRecord]) -> StoreResult<()> {
    let [_, _, ..] = records else {
        return Ok(());
    };
    let mut decided = BTreeMap::<UserKey, usize>::new();
    for (index, record) in records.iter().enumerate() {
        for user in record.changes.members.iter().filter_map(|one| one.user) {
            if decided
                .insert(user, index)
                .is_some_and(|other| other != index)
            {
                return Err(StoreError::Corrupt {
                    table: "licenses",
                    key: format!("{user:?}"),
                    what: "two records decide on the same user".to_owned(),
                });
            }
        }
    }
    Ok(())
}

/// The change of assigned seats of each product by all records, ascending by product, without
/// zeros.
pub(crate) fn seat_deltas(records: &[LicenseRecord]) -> Vec<(ProductKey, i64)> {
    let mut deltas = BTreeMap::<ProductKey, i64>::new();
    for record in records {
        for (product, delta) in record.changes.plan.seat_deltas() {
            *deltas.entry(product).or_default() += delta;
        }
    }
    deltas
        .into_iter()
        .filter(|&(_, delta)| delta != 0)
        .collect()
}

/// A user to be added; the store assigns the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// The identifier that the caller chose.
    pub id: UserId,
    /// The sign-in name.
    pub sign_in_name: String,
    /// A name for display; not unique.
    pub display_name: String,
    /// Empty when unknown.
    pub department: String,
    /// Empty when unknown.
    pub job_title: String,
    /// The country in which the user uses the products; `None` when unknown.
    pub usage_location: Option<UsageLocation>,
    /// Whether the user may gain licenses.
    pub state: UserState,
    /// The creation time.
    pub create_time: Timestamp,
}

impl NewUser {
    /// The stored user with this key, at revision 1.
    #[must_use]
    pub fn into_user(self, key: UserKey) -> User {
        User {
            key,
            id: self.id,
            sign_in_name: self.sign_in_name,
            display_name: self.display_name,
            department: self.department,
            job_title: self.job_title,
            usage_location: self.usage_location,
            state: self.state,
            revision: 1,
            create_time: self.create_time,
            update_time: self.create_time,
        }
    }
}

/// The sequence number of a transaction's next journal entry.
#[must_use]
pub(crate) fn next_sequence(last: JournalSequence) -> JournalSequence {
    JournalSequence(last.0 + 1)
}
