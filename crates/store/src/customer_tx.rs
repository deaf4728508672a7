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

/// A transaction that holds one customer's lock: nobody else changes the customer meanwhile, and
/// everything read here is current.
///
/// Dropping it without [`CustomerTx::commit`] undoes everything. It must live in a task that is
/// never cancelled half-way.
#[async_trait]
pub trait CustomerTx: Send {
    /// The customer, as of now, with the changes this transaction made.
    fn customer(&self) -> &Customer;

    /// The customer's last journal entry, with those of this transaction.
    fn journal_sequence(&self) -> JournalSequence;

    /// Replaces the customer's own fields (display name, revision, update time).
    async fn save_customer(&mut self, customer: Customer) -> StoreResult<()>;

    /// Deletes the customer with everything it has.
    async fn delete_customer(&mut self) -> StoreResult<()>;

    /// The users under these identifiers, in order; `None` where there is none.
    async fn users(&mut self, ids: &[UserId]) -> StoreResult<Vec<Option<User>>>;

    /// Adds users under the next keys, in order, and returns the keys.
    ///
    /// # Errors
    /// [`crate::StoreError::AlreadyExists`] when an identifier is taken.
    async fn insert_users(&mut self, users: Vec<NewUser>) -> StoreResult<Vec<UserKey>>;

    /// Replaces the fields of existing users, found by key.
    async fn update_users(&mut self, users: &[User]) -> StoreResult<()>;

    /// Removes a user who holds no license, from saved selections, too, and all they wait for.
    /// Frozen selections still know the identifier.
    async fn delete_user(&mut self, user: UserKey) -> StoreResult<()>;

    /// The keys under these identifiers, in order; `None` where there is none.
    async fn resolve_users(&mut self, ids: &[UserId]) -> StoreResult<Vec<Option<UserKey>>>;

    /// A stretch of users in directory order.
    async fn select_users(&mut self, query: &SelectQuery) -> StoreResult<Vec<UserKey>>;

    /// How many users match.
    async fn count_users(&mut self, filter: Option<&UserFilter>) -> StoreResult<i64>;

    /// The greatest user key ever given out; `UserKey(0)` when there was none.
    fn last_user_key(&self) -> UserKey;

    /// How many users were ever deleted.
    fn count_deleted_users(&self) -> i64;

    /// The keys of all users who were ever deleted.
    async fn deleted_users(&mut self) -> StoreResult<UserSet>;

    /// The state of these users, set-based, with what they hold of the relevant products.
    async fn load_chunk(
        &mut self,
        selected: &[Selected],
        relevant: &RelevantProducts,
    ) -> StoreResult<LoadedChunk>;

    /// Who changed each license of these users last, ascending by user, then by product.
    async fn license_versions(&mut self, users: &[UserKey]) -> StoreResult<Vec<LicenseVersion>>;

    /// Licenses by page.
    async fn licenses(
        &mut self,
        query: &LicensePageQuery,
    ) -> StoreResult<Vec<seatkeeper_domain::License>>;

    /// The entitlements to these products that exist, ascending by product.
    async fn entitlements(&mut self, products: &[ProductKey]) -> StoreResult<Vec<Entitlement>>;

    /// Inserts an entitlement or replaces its purchases, revision and times. The seats assigned
    /// and reserved, and who waits, are not touched: those change with licenses, reservations and
    /// waitlists alone.
    async fn save_entitlement(&mut self, entitlement: &Entitlement) -> StoreResult<()>;

    /// The seats set aside for a batch, ascending by product.
    async fn reservations(&mut self, batch: BatchKey) -> StoreResult<Vec<(ProductKey, i64)>>;

    /// Replaces what is set aside for a batch; products not named are released. The entitlements'
    /// `reserved` follow.
    async fn set_reservations(
        &mut self,
        batch: BatchKey,
        seats: &[(ProductKey, i64)],
    ) -> StoreResult<()>;

    /// Writes decisions: the licenses, the seats assigned, and for each record one journal entry
    /// that says both, in order, as if the records were written one after the other. Entries,
    /// licenses and counters can't disagree because nothing else writes them. Who comes to hold a
    /// product waits for it no more.
    ///
    /// However many records there are, they take few statements.
    ///
    /// # Errors
    /// [`crate::StoreError::Corrupt`] when two of the records decide on the same user: the second
    /// could not have known of the first.
    async fn record_all_licenses(
        &mut self,
        time: Timestamp,
        records: Vec<LicenseRecord>,
    ) -> StoreResult<Vec<JournalEntry>>;

    /// [`CustomerTx::record_all_licenses`] of one record.
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

    /// How many entries all waitlists of the customer have.
    fn waitlist_count(&self) -> i64;

    /// The products, ascending, whose seats or queues this transaction has changed so that
    /// somebody who waits might be served, since this was asked last.
    fn take_dirty_queues(&mut self) -> Vec<ProductKey>;

    /// One page of those who wait.
    async fn waitlist(&mut self, query: &WaitlistQuery) -> StoreResult<Vec<WaitlistEntry>>;

    /// What these users wait for: each with the key of the change, and the product.
    async fn waited_for(
        &mut self,
        users: &[UserKey],
    ) -> StoreResult<Vec<(UserKey, i64, ProductKey)>>;

    /// Puts users at the end of the queues of the products they need, with priority 0. Who is in
    /// a queue already keeps the position, and what waits is replaced.
    async fn join_waitlist(&mut self, time: Timestamp, joins: &WaitlistJoins) -> StoreResult<()>;

    /// Takes changes, each named by its user and its key, out of all queues they are in.
    async fn leave_waitlist(&mut self, changes: &[(UserKey, i64)]) -> StoreResult<()>;

    /// Gives the entry of a user another priority. Among those who have the same, the order of
    /// arrival counts.
    async fn prioritize(
        &mut self,
        time: Timestamp,
        product: ProductKey,
        user: UserKey,
        priority: i32,
    ) -> StoreResult<()>;

    /// When a product's queue is to be looked at next, as [`CustomerTx::set_waitlist_due`] said.
    async fn waitlist_due(&mut self, product: ProductKey) -> StoreResult<Option<Timestamp>>;

    /// Says when a product's queue is to be looked at next: at a time when seats become
    /// available by themselves, or now, when there are seats for more users than were served.
    async fn set_waitlist_due(
        &mut self,
        product: ProductKey,
        due: Option<Timestamp>,
    ) -> StoreResult<()>;

    /// Appends any other entry to the journal.
    async fn append(
        &mut self,
        time: Timestamp,
        principal: &Principal,
        effect: Effect,
    ) -> StoreResult<JournalEntry>;

    /// The journal entries with these sequence numbers, in order; `None` where there is none.
    async fn entries(
        &mut self,
        sequences: &[JournalSequence],
    ) -> StoreResult<Vec<Option<JournalEntry>>>;

    /// [`CustomerTx::entries`] of one sequence number.
    async fn entry(&mut self, sequence: JournalSequence) -> StoreResult<Option<JournalEntry>> {
        let found = self.entries(&[sequence]).await?;
        Ok(found.into_iter().flatten().next())
    }

    /// The journal entries of a batch, as [`crate::Store::batch_entries`] reads them.
    async fn batch_entries(
        &mut self,
        batch: BatchKey,
        after_result: i64,
        limit: usize,
    ) -> StoreResult<Vec<JournalEntry>>;

    /// What these request ids were used for, in order; `None` for one that was not.
    async fn idempotency_records(
        &mut self,
        ids: &[RequestId],
    ) -> StoreResult<Vec<Option<IdempotencyRecord>>>;

    /// [`CustomerTx::idempotency_records`] of one request id.
    async fn idempotency_record(
        &mut self,
        id: &RequestId,
    ) -> StoreResult<Option<IdempotencyRecord>> {
        let found = self.idempotency_records(std::slice::from_ref(id)).await?;
        Ok(found.into_iter().flatten().next())
    }

    /// Stores what request ids were used for.
    ///
    /// # Errors
    /// [`crate::StoreError::AlreadyExists`] when one was used before, or is named twice.
    async fn insert_idempotency_records(
        &mut self,
        records: &[IdempotencyRecord],
    ) -> StoreResult<()>;

    /// A saved selection by identifier, whether it has expired or not.
    async fn selection(&mut self, id: &SelectionId) -> StoreResult<Option<Selection>>;

    /// How many selections of the customer live at `now`.
    async fn count_selections(&mut self, now: Timestamp) -> StoreResult<i64>;

    /// Saves a selection of these users, who must exist, and returns it.
    ///
    /// # Errors
    /// [`crate::StoreError::AlreadyExists`] when the identifier is taken, if only by a selection
    /// that has expired.
    async fn insert_selection(
        &mut self,
        selection: NewSelection,
        users: &UserSet,
    ) -> StoreResult<Selection>;

    /// Replaces a selection's display name, idle time, revision, expiry and update time.
    async fn save_selection(&mut self, selection: &Selection) -> StoreResult<()>;

    /// Adds users, who must exist, to a selection and to its count, and tells how many it gained.
    async fn add_selection_users(
        &mut self,
        selection: SelectionKey,
        users: &UserSet,
    ) -> StoreResult<i64>;

    /// Removes users from a selection and from its count, and tells how many it lost.
    async fn remove_selection_users(
        &mut self,
        selection: SelectionKey,
        users: &UserSet,
    ) -> StoreResult<i64>;

    /// Removes a selection with its users.
    async fn delete_selection(&mut self, selection: SelectionKey) -> StoreResult<()>;

    /// Writes down a batch in state Preparing and returns it.
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

    /// Removes a batch with its frozen selection and its reservations; its journal entries stay.
    async fn delete_batch(&mut self, batch: BatchKey) -> StoreResult<()>;

    /// Removes a part of a batch that has ended: at first what its request id leads to, which
    /// hides the batch from everything but [`crate::Store::ended_batches`], then at most
    /// `segments_max` segments of its frozen selection, and with the last of them the batch. Its
    /// journal entries stay. Tells whether nothing of it is left.
    ///
    /// # Errors
    /// [`crate::StoreError::Corrupt`] when the batch has not ended.
    async fn remove_batch(&mut self, batch: BatchKey, segments_max: usize) -> StoreResult<bool>;

    /// Deletes request ids that led to a journal entry and were used first at `until` or earlier:
    /// the oldest, at most `limit` of them. Tells how many.
    async fn delete_old_idempotency_records(
        &mut self,
        until: Timestamp,
        limit: usize,
    ) -> StoreResult<usize>;

    /// Removes the oldest journal entries, but never the last one nor any of a batch that exists,
    /// and puts what they came to in their place, with the request ids that led to them. Tells
    /// how many, zero when there is none to remove.
    async fn compact_journal(&mut self, step: CompactionStep) -> StoreResult<usize>;

    /// Appends segments of users, one after the other, to a batch's frozen selection, the first at
    /// position `first_position` (zero-based; equal to the users appended before).
    async fn append_segments(
        &mut self,
        batch: BatchKey,
        first_position: i64,
        segments: &[PackedSegment],
    ) -> StoreResult<()>;

    /// The users of the segment that starts at `first_position` and of those after it, at most
    /// `segments_max` in all, as they were appended; `None` when no segment starts there.
    async fn segments(
        &mut self,
        batch: BatchKey,
        first_position: i64,
        segments_max: usize,
    ) -> StoreResult<Option<Vec<Selected>>>;

    /// Makes everything durable. After an error nothing of it is visible, except after
    /// [`crate::StoreError::CommitUnknown`], where reading again tells.
    async fn commit(self: Box<Self>) -> StoreResult<()>;
}

/// Decisions to be written for one who asked for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenseRecord {
    /// Who asked.
    pub principal: Principal,
    /// What was decided.
    pub changes: LicenseChanges,
}

/// Refuses records of which two decide on the same user.
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

/// How the seats held of each product change by all records: products ascending, zeros left out.
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

/// A user to be added; the store gives the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// The caller's identifier.
    pub id: UserId,
    /// The sign-in name.
    pub sign_in_name: String,
    /// For people.
    pub display_name: String,
    /// Empty when unknown.
    pub department: String,
    /// Empty when unknown.
    pub job_title: String,
    /// Where the user uses the products.
    pub usage_location: Option<UsageLocation>,
    /// Whether the user may gain licenses.
    pub state: UserState,
    /// When it is created.
    pub create_time: Timestamp,
}

impl NewUser {
    /// The user it becomes under `key`.
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

/// The journal sequence a transaction's next entry gets.
#[must_use]
pub(crate) fn next_sequence(last: JournalSequence) -> JournalSequence {
    JournalSequence(last.0 + 1)
}
