use std::collections::BTreeSet;

use async_trait::async_trait;
use seatkeeper_domain::{
    BatchId, BatchKey, Customer, CustomerKey, Effect, Entitlement, JournalEntry, JournalSequence,
    License, Principal, ProductKey, RelevantProducts, RequestId, Selection, SelectionId,
    SelectionKey, Timestamp, User, UserFilter, UserId, UserKey, UserSet, WaitlistEntry,
};
use tokio::sync::OwnedMutexGuard;

use super::chunk;
use super::customer::{CustomerData, CustomerState, is_old};
use super::error::corrupt;
use super::shared::Shared;
use crate::customer_tx::refuse_repeated_users;
use crate::waitlist::freed;
use crate::{
    Batch, CompactionStep, CustomerTx, IdempotencyRecord, IdempotencyTarget, LicensePageQuery,
    LicenseRecord, LicenseVersion, LoadedChunk, NewBatch, NewSelection, NewUser, PackedSegment,
    SelectQuery, Selected, StoreResult, WaitlistJoins, WaitlistQuery,
};

/// A transaction on a copy of its customer's state.
pub(super) struct ModelTx {
    shared: Shared,
    key: CustomerKey,
    state: CustomerState,
    deleted: bool,
    /// Products with a waitlisted user who may now get a seat.
    dirty_queues: BTreeSet<ProductKey>,
    _guard: OwnedMutexGuard<()>,
}

impl ModelTx {
    /// Waits for the customer's lock, then copies the current state.
    pub(super) async fn begin(shared: &Shared, key: CustomerKey) -> Option<Self> {
        let lock = shared.with(|database| database.lock_of(key))?;
        let guard = lock.lock_owned().await;
        // The previous holder of the lock may have deleted the customer.
        let state = shared.with(|database| database.customers.get(&key).cloned())?;
        Some(Self {
            shared: shared.clone(),
            key,
            state,
            deleted: false,
            dirty_queues: BTreeSet::new(),
            _guard: guard,
        })
    }

    fn data(&mut self) -> &mut CustomerData {
        &mut self.state.data
    }

    /// Marks waitlists that users have left as dirty.
    fn left(&mut self, products: BTreeSet<ProductKey>) {
        self.dirty_queues.extend(products);
        self.data().count_waiting();
    }
}

#[async_trait]
impl CustomerTx for ModelTx {
    fn customer(&self) -> &Customer {
        &self.state.customer
    }

    fn journal_sequence(&self) -> JournalSequence {
        self.state.data.journal.last()
    }

    async fn save_customer(&mut self, customer: Customer) -> StoreResult<()> {
        let stored = &mut self.state.customer;
        stored.display_name = customer.display_name;
        stored.revision = customer.revision;
        stored.update_time = customer.update_time;
        Ok(())
    }

    async fn delete_customer(&mut self) -> StoreResult<()> {
        self.deleted = true;
        Ok(())
    }

    async fn users(&mut self, ids: &[UserId]) -> StoreResult<Vec<Option<User>>> {
        let directory = &self.data().directory;
        Ok(ids.iter().map(|id| directory.by_id(id).cloned()).collect())
    }

    async fn insert_users(&mut self, users: Vec<NewUser>) -> StoreResult<Vec<UserKey>> {
        let keys = self.data().directory.insert(users)?;
        self.state.customer.user_count = self.state.data.directory.len();
        Ok(keys)
    }

    async fn update_users(&mut self, users: &[User]) -> StoreResult<()> {
        self.data().directory.update(users)
    }

    async fn delete_user(&mut self, user: UserKey) -> StoreResult<()> {
        self.data().delete_user(user)?;
        let left = self.data().waitlist.remove_user(user);
        self.left(left);
        self.state.customer.user_count = self.state.data.directory.len();
        Ok(())
    }

    async fn resolve_users(&mut self, ids: &[UserId]) -> StoreResult<Vec<Option<UserKey>>> {
        Ok(self.data().directory.resolve(ids))
    }

    async fn select_users(&mut self, query: &SelectQuery) -> StoreResult<Vec<UserKey>> {
        Ok(self.data().select_users(query))
    }

    async fn count_users(&mut self, filter: Option<&UserFilter>) -> StoreResult<i64> {
        Ok(self.data().count_users(filter))
    }

    fn last_user_key(&self) -> UserKey {
        self.state.data.directory.last_key()
    }

    fn count_deleted_users(&self) -> i64 {
        self.state.data.directory.count_departed()
    }

    async fn deleted_users(&mut self) -> StoreResult<UserSet> {
        Ok(self.data().directory.departed_keys().collect())
    }

    async fn load_chunk(
        &mut self,
        selected: &[Selected],
        relevant: &RelevantProducts,
    ) -> StoreResult<LoadedChunk> {
        chunk::load(self.data(), selected, relevant)
    }

    async fn license_versions(&mut self, users: &[UserKey]) -> StoreResult<Vec<LicenseVersion>> {
        Ok(self.data().licenses.versions(users))
    }

    async fn licenses(&mut self, query: &LicensePageQuery) -> StoreResult<Vec<License>> {
        Ok(self.data().licenses.page(query))
    }

    async fn entitlements(&mut self, products: &[ProductKey]) -> StoreResult<Vec<Entitlement>> {
        Ok(self.data().seats.entitlements(Some(products)))
    }

    async fn save_entitlement(&mut self, entitlement: &Entitlement) -> StoreResult<()> {
        self.dirty_queues.insert(entitlement.product);
        self.data().seats.save(entitlement);
        Ok(())
    }

    async fn reservations(&mut self, batch: BatchKey) -> StoreResult<Vec<(ProductKey, i64)>> {
        Ok(self.data().seats.reservations(batch))
    }

    async fn set_reservations(
        &mut self,
        batch: BatchKey,
        seats: &[(ProductKey, i64)],
    ) -> StoreResult<()> {
        let before = self.data().seats.reservations(batch);
        if before != seats {
            let products = before.iter().chain(seats).map(|&(product, _)| product);
            self.dirty_queues.extend(products);
        }
        self.data().set_reservations(batch, seats)
    }

    async fn record_all_licenses(
        &mut self,
        time: Timestamp,
        records: Vec<LicenseRecord>,
    ) -> StoreResult<Vec<JournalEntry>> {
        refuse_repeated_users(&records)?;
        let mut entries = Vec::new();
        for LicenseRecord { principal, changes } in records {
            self.dirty_queues.extend(freed(&changes.plan));
            let left = self.data().waitlist.remove_holders(&changes);
            self.left(left);
            entries.push(self.data().record_licenses(time, &principal, changes)?);
        }
        Ok(entries)
    }

    fn waitlist_count(&self) -> i64 {
        self.state.data.waitlist.count(None, None)
    }

    fn take_dirty_queues(&mut self) -> Vec<ProductKey> {
        std::mem::take(&mut self.dirty_queues).into_iter().collect()
    }

    async fn waitlist(&mut self, query: &WaitlistQuery) -> StoreResult<Vec<WaitlistEntry>> {
        Ok(self.data().page_of_waitlist(query))
    }

    async fn waited_for(
        &mut self,
        users: &[UserKey],
    ) -> StoreResult<Vec<(UserKey, i64, ProductKey)>> {
        Ok(self.data().waitlist.waited_for(users))
    }

    async fn join_waitlist(&mut self, time: Timestamp, joins: &WaitlistJoins) -> StoreResult<()> {
        let products: BTreeSet<ProductKey> = joins
            .changes
            .iter()
            .flat_map(|change| change.seats.iter().copied())
            .collect();
        let mut missing = products.iter();
        let missing = missing.find(|&&product| !self.state.data.seats.has(product));
        if let Some(product) = missing.filter(|_| !joins.users.is_empty()) {
            let what = "seats change for a product without an entitlement";
            return Err(corrupt("entitlements", product, what));
        }
        self.dirty_queues.extend(products);
        self.data().waitlist.join(time, joins);
        self.data().count_waiting();
        Ok(())
    }

    async fn leave_waitlist(&mut self, changes: &[(UserKey, i64)]) -> StoreResult<()> {
        let left = self.data().waitlist.leave(changes);
        self.left(left);
        Ok(())
    }

    async fn prioritize(
        &mut self,
        time: Timestamp,
        product: ProductKey,
        user: UserKey,
        priority: i32,
    ) -> StoreResult<()> {
        self.dirty_queues.insert(product);
        let waitlist = &mut self.data().waitlist;
        waitlist.prioritize(time, product, user, priority)
    }

    async fn waitlist_due(&mut self, product: ProductKey) -> StoreResult<Option<Timestamp>> {
        Ok(self.data().waitlist.due.get(&product).copied())
    }

    async fn set_waitlist_due(
        &mut self,
        product: ProductKey,
        due: Option<Timestamp>,
    ) -> StoreResult<()> {
        if !self.state.data.seats.has(product) {
            let what = "the queue of a product without an entitlement can't be due";
            return Err(corrupt("entitlements", product, what));
        }
        let waitlist = &mut self.data().waitlist;
        match due {
            Some(due) => waitlist.due.insert(product, due),
            None => waitlist.due.remove(&product),
        };
        Ok(())
    }

    async fn append(
        &mut self,
        time: Timestamp,
        principal: &Principal,
        effect: Effect,
    ) -> StoreResult<JournalEntry> {
        Ok(self.data().journal.append(time, principal, effect))
    }

    async fn entries(
        &mut self,
        sequences: &[JournalSequence],
    ) -> StoreResult<Vec<Option<JournalEntry>>> {
        let journal = &self.data().journal;
        let found = sequences
            .iter()
            .map(|&sequence| journal.get(sequence).cloned());
        Ok(found.collect())
    }

    async fn batch_entries(
        &mut self,
        batch: BatchKey,
        after_result: i64,
        limit: usize,
    ) -> StoreResult<Vec<JournalEntry>> {
        let journal = &self.data().journal;
        Ok(journal.of_batch(batch, after_result, limit))
    }

    async fn idempotency_records(
        &mut self,
        ids: &[RequestId],
    ) -> StoreResult<Vec<Option<IdempotencyRecord>>> {
        let idempotency_records = &self.data().idempotency_records;
        Ok(ids
            .iter()
            .map(|id| idempotency_records.get(id).cloned())
            .collect())
    }

    async fn insert_idempotency_records(
        &mut self,
        records: &[IdempotencyRecord],
    ) -> StoreResult<()> {
        for record in records {
            self.data().insert_idempotency_record(record)?;
        }
        Ok(())
    }

    async fn selection(&mut self, id: &SelectionId) -> StoreResult<Option<Selection>> {
        Ok(self.data().selections.by_id(id).cloned())
    }

    async fn count_selections(&mut self, now: Timestamp) -> StoreResult<i64> {
        Ok(self.data().selections.count(now))
    }

    async fn insert_selection(
        &mut self,
        selection: NewSelection,
        users: &UserSet,
    ) -> StoreResult<Selection> {
        self.data().selections.insert(selection, users)
    }

    async fn save_selection(&mut self, selection: &Selection) -> StoreResult<()> {
        self.data().selections.save(selection)
    }

    async fn add_selection_users(
        &mut self,
        selection: SelectionKey,
        users: &UserSet,
    ) -> StoreResult<i64> {
        self.data().selections.add_users(selection, users)
    }

    async fn remove_selection_users(
        &mut self,
        selection: SelectionKey,
        users: &UserSet,
    ) -> StoreResult<i64> {
        self.data().selections.remove_users(selection, users)
    }

    async fn delete_selection(&mut self, selection: SelectionKey) -> StoreResult<()> {
        self.data().selections.delete(selection)
    }

    async fn insert_batch(&mut self, batch: NewBatch) -> StoreResult<Batch> {
        self.data().batches.insert(batch)
    }

    async fn batch(&mut self, batch: BatchKey) -> StoreResult<Option<Batch>> {
        Ok(self.data().batches.get(batch).cloned())
    }

    async fn batch_by_id(&mut self, batch: &BatchId) -> StoreResult<Option<Batch>> {
        Ok(self.data().batches.by_id(batch).cloned())
    }

    async fn count_running_batches(&mut self) -> StoreResult<i64> {
        Ok(self.data().batches.count_running())
    }

    async fn unfinished_batches(&mut self) -> StoreResult<Vec<Batch>> {
        Ok(self.data().batches.unfinished())
    }

    async fn save_batch(&mut self, batch: &Batch) -> StoreResult<()> {
        self.data().batches.save(batch)
    }

    async fn delete_batch(&mut self, batch: BatchKey) -> StoreResult<()> {
        let released = self.data().seats.reservations(batch);
        self.dirty_queues
            .extend(released.into_iter().map(|(product, _)| product));
        self.data().seats.reserve(batch, &[])?;
        self.data().batches.delete(batch);
        Ok(())
    }

    async fn remove_batch(&mut self, batch: BatchKey, segments_max: usize) -> StoreResult<bool> {
        let data = self.data();
        let leads_there = IdempotencyTarget::Batch(batch);
        let removed = data.batches.remove(batch, segments_max)?;
        data.idempotency_records
            .retain(|_, request| request.target != leads_there);
        Ok(removed)
    }

    async fn delete_old_idempotency_records(
        &mut self,
        until: Timestamp,
        limit: usize,
    ) -> StoreResult<usize> {
        let idempotency_records = &mut self.data().idempotency_records;
        let old = idempotency_records
            .values()
            .filter(|request| is_old(request, until));
        let mut old: Vec<_> = old
            .map(|request| (request.create_time, request.id.clone()))
            .collect();
        old.sort();
        old.truncate(limit);
        for (_, id) in &old {
            idempotency_records.remove(id);
        }
        Ok(old.len())
    }

    async fn compact_journal(&mut self, step: CompactionStep) -> StoreResult<usize> {
        let CustomerData {
            journal,
            batches,
            idempotency_records,
            ..
        } = self.data();
        let count = journal.compact(step, |batch| batches.get(batch).is_some());
        let checkpoint = journal.span().checkpoint;
        idempotency_records.retain(|_, request| match request.target {
            IdempotencyTarget::Batch(_) => true,
            IdempotencyTarget::Entry(sequence) => sequence > checkpoint,
        });
        Ok(count)
    }

    async fn append_segments(
        &mut self,
        batch: BatchKey,
        first_position: i64,
        segments: &[PackedSegment],
    ) -> StoreResult<()> {
        let batches = &mut self.data().batches;
        batches.append_segments(batch, first_position, segments)
    }

    async fn segments(
        &mut self,
        batch: BatchKey,
        first_position: i64,
        segments_max: usize,
    ) -> StoreResult<Option<Vec<Selected>>> {
        let batches = &self.data().batches;
        Ok(batches.segments(batch, first_position, segments_max))
    }

    async fn commit(self: Box<Self>) -> StoreResult<()> {
        let state = (!self.deleted).then_some(self.state);
        self.shared
            .with(|database| database.replace(self.key, state));
        Ok(())
    }
}
