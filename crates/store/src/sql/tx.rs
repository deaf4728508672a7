use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use sea_orm::DatabaseTransaction;
use seatkeeper_domain::{
    BatchId, BatchKey, Customer, CustomerKey, Effect, Entitlement, JournalEntry, JournalSequence,
    License, LicenseChanges, Principal, ProductKey, RelevantProducts, RequestId, Selection,
    SelectionId, SelectionKey, Timestamp, User, UserFilter, UserId, UserKey, UserSet,
    WaitlistEntry,
};
use seatkeeper_failpoints::{Point, fail_point};
use tokio::sync::OwnedMutexGuard;

use super::analyze::{AutoAnalyze, Table};
use super::counters::Counters;
use super::entitlements::Counter;
use super::entry_encoding::EntryEncoding;
use super::holders::HolderChanges;
use super::licenses::HeldChanges;
use super::pools::{Pools, commit, in_task};
use super::waitlist_changes::WaitlistChanges;
use super::{
    batches, chunks, compaction, custom_plan, customers, entitlements, holders, idempotency,
    journal, licenses, reservations, retention, segments, selection_blocks, selections,
    user_writes, users, waitlist,
};
use crate::customer_tx::{next_sequence, refuse_repeated_users, seat_deltas};
use crate::waitlist::{freed, gained};
use crate::{
    Batch, CompactionStep, CustomerTx, IdempotencyRecord, LicensePageQuery, LicenseRecord,
    LicenseVersion, LoadedChunk, NewBatch, NewSelection, NewUser, PackedSegment, SelectQuery,
    Selected, StoreResult, WaitlistJoins, WaitlistQuery,
};

/// A transaction that holds a customer's lock. Fields are dropped in order: the rollback begins
/// before the next transaction gets the lock.
pub(super) struct SqlCustomerTx {
    db: DatabaseTransaction,
    customer: Customer,
    counters: Counters,
    row_state: RowState,
    auto_analyze: Arc<AutoAnalyze>,
    waitlist_changes: WaitlistChanges,
    turn: OwnedMutexGuard<()>,
}

/// What the commit does with the customer's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RowState {
    Unchanged,
    Changed,
    Deleted,
}

impl SqlCustomerTx {
    /// Waits for the customer's lock; `None` when the customer does not exist.
    pub(super) async fn begin(pools: &Pools, key: CustomerKey) -> StoreResult<Option<Self>> {
        let turn = pools.locks.lock(key).await;
        in_task(Self::begin_in_turn(pools.clone(), key, turn)).await
    }

    /// Must run in a separate task.
    async fn begin_in_turn(
        pools: Pools,
        key: CustomerKey,
        turn: OwnedMutexGuard<()>,
    ) -> StoreResult<Option<Self>> {
        fail_point(Point::TurnTaken);
        let db = pools.begin_write().await?;
        fail_point(Point::TransactionBegun);
        let Some(row) = customers::lock(&db, key).await? else {
            return Ok(None);
        };
        fail_point(Point::CustomerLocked);
        Ok(Some(Self {
            db,
            counters: Counters::of(&row),
            customer: customers::parse(row)?,
            row_state: RowState::Unchanged,
            auto_analyze: pools.auto_analyze,
            waitlist_changes: WaitlistChanges::default(),
            turn,
        }))
    }

    fn key(&self) -> CustomerKey {
        self.customer.key
    }

    fn mark_changed(&mut self) {
        if self.row_state == RowState::Unchanged {
            self.row_state = RowState::Changed;
        }
    }

    /// Subtracts removed waitlist entries from the count, and marks their queues dirty: other users
    /// may move up.
    fn left(&mut self, removed: &HashMap<ProductKey, i64>) {
        if removed.is_empty() {
            return;
        }
        self.counters.waitlist_count -= removed.values().sum::<i64>();
        self.waitlist_changes.mark_dirty(removed.keys().copied());
        self.mark_changed();
    }

    /// Removes users who gain a product from its queue, and marks the queues of freed products
    /// dirty.
    async fn leave_queues(&mut self, changes: &LicenseChanges) -> StoreResult<()> {
        self.waitlist_changes.mark_dirty(freed(&changes.plan));
        if self.counters.waitlist_count > 0 {
            let served = self.waitlist_changes.waited_for(&gained(&changes.plan));
            let key = self.key();
            let removed = waitlist::remove_holders(&self.db, key, &served, changes).await?;
            self.left(&removed);
        }
        Ok(())
    }

    /// Creates the next journal entry.
    fn next_entry(
        &mut self,
        time: Timestamp,
        principal: &Principal,
        effect: Effect,
    ) -> JournalEntry {
        self.mark_changed();
        self.counters.journal_sequence = next_sequence(self.counters.journal_sequence);
        JournalEntry {
            sequence: self.counters.journal_sequence,
            time,
            principal: principal.clone(),
            effect,
        }
    }
}

#[async_trait]
impl CustomerTx for SqlCustomerTx {
    fn customer(&self) -> &Customer {
        &self.customer
    }

    fn journal_sequence(&self) -> JournalSequence {
        self.counters.journal_sequence
    }

    async fn save_customer(&mut self, customer: Customer) -> StoreResult<()> {
        self.mark_changed();
        self.customer.display_name = customer.display_name;
        self.customer.revision = customer.revision;
        self.customer.update_time = customer.update_time;
        Ok(())
    }

    async fn delete_customer(&mut self) -> StoreResult<()> {
        self.row_state = RowState::Deleted;
        customers::delete(&self.db, self.key()).await?;
        fail_point(Point::CustomerDeleted);
        Ok(())
    }

    async fn users(&mut self, ids: &[UserId]) -> StoreResult<Vec<Option<User>>> {
        users::by_ids(&self.db, self.key(), ids).await
    }

    async fn insert_users(&mut self, users: Vec<NewUser>) -> StoreResult<Vec<UserKey>> {
        let ids: Vec<UserId> = users.iter().map(|user| user.id.clone()).collect();
        user_writes::refuse_taken(&self.db, self.key(), &ids).await?;
        let users: Vec<User> = users
            .into_iter()
            .zip(self.counters.last_user_key + 1..)
            .map(|(user, key)| user.into_user(UserKey(key)))
            .collect();
        user_writes::insert(&self.db, self.key(), &users).await?;
        fail_point(Point::UsersInserted);
        let auto_analyze = self
            .auto_analyze
            .record_inserts(&self.db, Table::Users, users.len());
        auto_analyze.await?;
        let count = i64::try_from(users.len()).expect("a chunk fits memory");
        self.counters.last_user_key += count;
        self.customer.user_count += count;
        self.mark_changed();
        Ok(users.iter().map(|user| user.key).collect())
    }

    async fn update_users(&mut self, users: &[User]) -> StoreResult<()> {
        user_writes::update(&self.db, self.key(), users).await?;
        fail_point(Point::UsersUpdated);
        Ok(())
    }

    async fn delete_user(&mut self, user: UserKey) -> StoreResult<()> {
        user_writes::delete(&self.db, self.key(), user).await?;
        selection_blocks::remove_user(&self.db, self.key(), user).await?;
        fail_point(Point::UserDeleted);
        if self.counters.waitlist_count > 0 {
            let removed = waitlist::remove_user(&self.db, self.key(), user).await?;
            self.left(&removed);
        }
        self.customer.user_count -= 1;
        self.mark_changed();
        Ok(())
    }

    async fn resolve_users(&mut self, ids: &[UserId]) -> StoreResult<Vec<Option<UserKey>>> {
        users::resolve(&self.db, self.key(), ids).await
    }

    async fn select_users(&mut self, query: &SelectQuery) -> StoreResult<Vec<UserKey>> {
        let last = UserKey(self.counters.last_user_key);
        let selected = users::select(&self.db, self.key(), Some(last), query);
        match query.filter {
            None => selected.await,
            Some(_) => custom_plan::within(&self.db, selected).await,
        }
    }

    async fn count_users(&mut self, filter: Option<&UserFilter>) -> StoreResult<i64> {
        match filter {
            None => Ok(self.customer.user_count),
            Some(_) => {
                let counted = users::count(&self.db, self.key(), filter);
                custom_plan::within(&self.db, counted).await
            }
        }
    }

    fn last_user_key(&self) -> UserKey {
        UserKey(self.counters.last_user_key)
    }

    fn count_deleted_users(&self) -> i64 {
        self.counters.last_user_key - self.customer.user_count
    }

    async fn deleted_users(&mut self) -> StoreResult<UserSet> {
        users::deleted(&self.db, self.key()).await
    }

    async fn load_chunk(
        &mut self,
        selected: &[Selected],
        relevant: &RelevantProducts,
    ) -> StoreResult<LoadedChunk> {
        let mut loaded = chunks::load(&self.db, self.key(), selected, relevant).await?;
        if loaded.as_of != JournalSequence(0) {
            // The customer's row does not contain this transaction's journal entries yet.
            loaded.as_of = self.counters.journal_sequence;
        }
        Ok(loaded)
    }

    async fn license_versions(&mut self, users: &[UserKey]) -> StoreResult<Vec<LicenseVersion>> {
        licenses::versions(&self.db, self.key(), users).await
    }

    async fn licenses(&mut self, query: &LicensePageQuery) -> StoreResult<Vec<License>> {
        licenses::page(&self.db, self.key(), query).await
    }

    async fn entitlements(&mut self, products: &[ProductKey]) -> StoreResult<Vec<Entitlement>> {
        let found = entitlements::read(&self.db, self.key(), Some(products)).await?;
        self.waitlist_changes.record_entitlements(&found);
        Ok(found)
    }

    async fn save_entitlement(&mut self, entitlement: &Entitlement) -> StoreResult<()> {
        self.waitlist_changes.mark_dirty([entitlement.product]);
        entitlements::save(&self.db, self.key(), entitlement).await?;
        fail_point(Point::EntitlementSaved);
        Ok(())
    }

    async fn reservations(&mut self, batch: BatchKey) -> StoreResult<Vec<(ProductKey, i64)>> {
        reservations::read(&self.db, self.key(), batch).await
    }

    async fn set_reservations(
        &mut self,
        batch: BatchKey,
        seats: &[(ProductKey, i64)],
    ) -> StoreResult<()> {
        let changed = reservations::replace(&self.db, self.key(), batch, seats).await?;
        self.waitlist_changes.mark_dirty(changed);
        fail_point(Point::ReservationsReplaced);
        Ok(())
    }

    async fn record_all_licenses(
        &mut self,
        time: Timestamp,
        records: Vec<LicenseRecord>,
    ) -> StoreResult<Vec<JournalEntry>> {
        let key = self.key();
        refuse_repeated_users(&records)?;
        let held = HeldChanges::of(&records, next_sequence(self.counters.journal_sequence))?;
        let holders = HolderChanges::of(&records);
        let deltas = seat_deltas(&records);
        let mut encodings = Vec::with_capacity(records.len());
        for LicenseRecord { principal, changes } in records {
            self.leave_queues(&changes).await?;
            let entry = self.next_entry(time, &principal, Effect::LicensesChanged(changes));
            encodings.push(EntryEncoding::start(entry));
        }
        licenses::write(&self.db, key, time, held).await?;
        holders::write(&self.db, key, holders).await?;
        fail_point(Point::HoldersSaved);
        entitlements::add(&self.db, key, Counter::Assigned, &deltas).await?;
        fail_point(Point::SeatsCounted);
        let mut entries = Vec::with_capacity(encodings.len());
        for encoding in encodings {
            entries.push(encoding.finish().await?);
        }
        journal::insert_all(&self.db, key, entries).await
    }

    fn waitlist_count(&self) -> i64 {
        self.counters.waitlist_count
    }

    fn take_dirty_queues(&mut self) -> Vec<ProductKey> {
        self.waitlist_changes.take_dirty_queues()
    }

    async fn waitlist(&mut self, query: &WaitlistQuery) -> StoreResult<Vec<WaitlistEntry>> {
        waitlist::page(&self.db, self.key(), query).await
    }

    async fn waited_for(
        &mut self,
        users: &[UserKey],
    ) -> StoreResult<Vec<(UserKey, i64, ProductKey)>> {
        waitlist::waited_for(&self.db, self.key(), users).await
    }

    async fn join_waitlist(&mut self, time: Timestamp, joins: &WaitlistJoins) -> StoreResult<()> {
        let first = self.counters.last_waitlist_sequence + 1;
        let added = waitlist::insert(&self.db, self.key(), time, joins, first).await?;
        fail_point(Point::WaitlistJoined);
        let auto_analyze =
            self.auto_analyze
                .record_inserts(&self.db, Table::Waitlist, joins.users.len());
        auto_analyze.await?;
        let count = i64::try_from(joins.users.len()).expect("a chunk fits memory");
        self.counters.last_waitlist_sequence += count;
        self.counters.waitlist_count += added;
        let products = joins.changes.iter().flat_map(|change| &change.seats);
        self.waitlist_changes.record_joins(products.copied());
        self.mark_changed();
        Ok(())
    }

    async fn leave_waitlist(&mut self, changes: &[(UserKey, i64)]) -> StoreResult<()> {
        let removed = waitlist::leave(&self.db, self.key(), changes).await?;
        fail_point(Point::WaitlistLeft);
        self.left(&removed);
        Ok(())
    }

    async fn prioritize(
        &mut self,
        time: Timestamp,
        product: ProductKey,
        user: UserKey,
        priority: i32,
    ) -> StoreResult<()> {
        self.waitlist_changes.mark_dirty([product]);
        waitlist::prioritize(&self.db, self.key(), time, product, user, priority).await?;
        fail_point(Point::WaitlistPrioritized);
        Ok(())
    }

    async fn waitlist_due(&mut self, product: ProductKey) -> StoreResult<Option<Timestamp>> {
        waitlist::due_of(&self.db, self.key(), product).await
    }

    async fn set_waitlist_due(
        &mut self,
        product: ProductKey,
        due: Option<Timestamp>,
    ) -> StoreResult<()> {
        waitlist::set_due(&self.db, self.key(), product, due).await
    }

    async fn append(
        &mut self,
        time: Timestamp,
        principal: &Principal,
        effect: Effect,
    ) -> StoreResult<JournalEntry> {
        let entry = self.next_entry(time, principal, effect);
        let payload = journal::payload(&entry.effect);
        journal::insert(&self.db, self.key(), &entry, payload).await?;
        Ok(entry)
    }

    async fn entries(
        &mut self,
        sequences: &[JournalSequence],
    ) -> StoreResult<Vec<Option<JournalEntry>>> {
        journal::by_sequences(&self.db, self.key(), sequences).await
    }

    async fn batch_entries(
        &mut self,
        batch: BatchKey,
        after_result: i64,
        limit: usize,
    ) -> StoreResult<Vec<JournalEntry>> {
        journal::of_batch(&self.db, self.key(), batch, after_result, limit).await
    }

    async fn idempotency_records(
        &mut self,
        ids: &[RequestId],
    ) -> StoreResult<Vec<Option<IdempotencyRecord>>> {
        idempotency::by_ids(&self.db, self.key(), ids).await
    }

    async fn insert_idempotency_records(
        &mut self,
        records: &[IdempotencyRecord],
    ) -> StoreResult<()> {
        fail_point(Point::IdempotencyInsertBegun);
        idempotency::insert(&self.db, self.key(), records).await?;
        fail_point(Point::IdempotencyInserted);
        Ok(())
    }

    async fn selection(&mut self, id: &SelectionId) -> StoreResult<Option<Selection>> {
        selections::by_id(&self.db, self.key(), id).await
    }

    async fn count_selections(&mut self, now: Timestamp) -> StoreResult<i64> {
        selections::count(&self.db, self.key(), now).await
    }

    async fn insert_selection(
        &mut self,
        selection: NewSelection,
        users: &UserSet,
    ) -> StoreResult<Selection> {
        selections::insert(&self.db, self.key(), selection, users).await
    }

    async fn save_selection(&mut self, selection: &Selection) -> StoreResult<()> {
        selections::save(&self.db, self.key(), selection).await
    }

    async fn add_selection_users(
        &mut self,
        selection: SelectionKey,
        users: &UserSet,
    ) -> StoreResult<i64> {
        selections::add_users(&self.db, self.key(), selection, users).await
    }

    async fn remove_selection_users(
        &mut self,
        selection: SelectionKey,
        users: &UserSet,
    ) -> StoreResult<i64> {
        selections::remove_users(&self.db, self.key(), selection, users).await
    }

    async fn delete_selection(&mut self, selection: SelectionKey) -> StoreResult<()> {
        selections::delete(&self.db, self.key(), selection).await
    }

    async fn insert_batch(&mut self, batch: NewBatch) -> StoreResult<Batch> {
        let key = BatchKey(self.counters.last_batch_key + 1);
        let batch = batches::insert(&self.db, self.key(), key, batch).await?;
        fail_point(Point::BatchInserted);
        self.counters.last_batch_key = key.0;
        self.mark_changed();
        Ok(batch)
    }

    async fn batch(&mut self, batch: BatchKey) -> StoreResult<Option<Batch>> {
        batches::by_key(&self.db, self.key(), batch).await
    }

    async fn batch_by_id(&mut self, batch: &BatchId) -> StoreResult<Option<Batch>> {
        batches::by_id(&self.db, self.key(), batch).await
    }

    async fn count_running_batches(&mut self) -> StoreResult<i64> {
        batches::count_running(&self.db, self.key()).await
    }

    async fn unfinished_batches(&mut self) -> StoreResult<Vec<Batch>> {
        batches::all_unfinished(&self.db, self.key()).await
    }

    async fn save_batch(&mut self, batch: &Batch) -> StoreResult<()> {
        batches::save(&self.db, self.key(), batch).await?;
        fail_point(Point::BatchSaved);
        Ok(())
    }

    async fn delete_batch(&mut self, batch: BatchKey) -> StoreResult<()> {
        let released = reservations::replace(&self.db, self.key(), batch, &[]).await?;
        self.waitlist_changes.mark_dirty(released);
        segments::delete(&self.db, self.key(), batch).await?;
        batches::delete(&self.db, self.key(), batch).await?;
        fail_point(Point::BatchDeleted);
        Ok(())
    }

    async fn remove_batch(&mut self, batch: BatchKey, segments_max: usize) -> StoreResult<bool> {
        retention::batch(&self.db, self.key(), batch, segments_max).await
    }

    async fn delete_old_idempotency_records(
        &mut self,
        until: Timestamp,
        limit: usize,
    ) -> StoreResult<usize> {
        retention::delete_old_idempotency_records(&self.db, self.key(), until, limit).await
    }

    async fn compact_journal(&mut self, step: CompactionStep) -> StoreResult<usize> {
        let last = self.counters.journal_sequence;
        let Some(compacted) = compaction::step(&self.db, self.key(), last, step).await? else {
            return Ok(0);
        };
        self.counters.journal_checkpoint = compacted.checkpoint;
        self.counters.journal_begin_time = compacted.begin_time;
        self.mark_changed();
        Ok(compacted.count)
    }

    async fn append_segments(
        &mut self,
        batch: BatchKey,
        first_position: i64,
        segments: &[PackedSegment],
    ) -> StoreResult<()> {
        segments::append(&self.db, self.key(), batch, first_position, segments).await?;
        fail_point(Point::SegmentsAppended);
        Ok(())
    }

    async fn segments(
        &mut self,
        batch: BatchKey,
        first_position: i64,
        segments_max: usize,
    ) -> StoreResult<Option<Vec<Selected>>> {
        segments::read(&self.db, self.key(), batch, first_position, segments_max).await
    }

    async fn commit(self: Box<Self>) -> StoreResult<()> {
        let Self {
            db,
            customer,
            counters,
            row_state,
            turn,
            auto_analyze: _,
            waitlist_changes: _,
        } = *self;
        in_task(async move {
            if row_state == RowState::Changed {
                customers::save(&db, &customer, counters).await?;
                fail_point(Point::CountersSaved);
            }
            commit(db).await?;
            fail_point(Point::Committed);
            drop(turn);
            Ok(())
        })
        .await
    }
}
