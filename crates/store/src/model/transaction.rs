use std::collections::BTreeSet;

use async_trait::async_trait;
use seatkeeper_domain::{
    Actor, BatchId, BatchKey, Customer, CustomerKey, Effect, Entitlement, JournalEntry,
    JournalSequence, License, ProductKey, RelevantProducts, RequestId, Selection, SelectionId,
    SelectionKey, Timestamp, User, UserFilter, UserId, UserKey, UserSet, WaitlistEntry,
};
use tokio::sync::OwnedMutexGuard;

use super::chunk;
use super::fault::corrupt;
use super::shared::Shared;
use super::tenant::{Records, Tenant, is_old};
use crate::customer_tx::refuse_repeated_users;
use crate::waitlist::freed;
use crate::{
    Batch, CompactionStep, CustomerTx, LicenseMark, LicensePageQuery, LicenseRecord, LoadedChunk,
    NewBatch, NewSelection, NewUser, PackedSegment, RequestRecord, RequestTarget, SelectQuery,
    Selected, StoreResult, WaitlistJoins, WaitlistQuery,
};

/// A transaction on a copy of its customer.
pub(super) struct ModelTx {
    shared: Shared,
    key: CustomerKey,
    tenant: Tenant,
    deleted: bool,
    /// Products of which somebody who waits might be served.
    unsettled: BTreeSet<ProductKey>,
    _guard: OwnedMutexGuard<()>,
}

impl ModelTx {
    /// Waits for the customer's lock and copies what is there then.
    pub(super) async fn begin(shared: &Shared, key: CustomerKey) -> Option<Self> {
        let lock = shared.with(|database| database.lock_of(key))?;
        let guard = lock.lock_owned().await;
        // Whoever held the lock before may have deleted the customer.
        let tenant = shared.with(|database| database.tenants.get(&key).cloned())?;
        Some(Self {
            shared: shared.clone(),
            key,
            tenant,
            deleted: false,
            unsettled: BTreeSet::new(),
            _guard: guard,
        })
    }

    fn records(&mut self) -> &mut Records {
        &mut self.tenant.records
    }

    /// Takes note of queues that somebody left.
    fn left(&mut self, products: BTreeSet<ProductKey>) {
        self.unsettled.extend(products);
        self.records().count_waiting();
    }
}

#[async_trait]
impl CustomerTx for ModelTx {
    fn customer(&self) -> &Customer {
        &self.tenant.customer
    }

    fn journal_sequence(&self) -> JournalSequence {
        self.tenant.records.journal.last()
    }

    async fn save_customer(&mut self, customer: Customer) -> StoreResult<()> {
        let stored = &mut self.tenant.customer;
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
        let directory = &self.records().directory;
        Ok(ids.iter().map(|id| directory.by_id(id).cloned()).collect())
    }

    async fn insert_users(&mut self, users: Vec<NewUser>) -> StoreResult<Vec<UserKey>> {
        let keys = self.records().directory.insert(users)?;
        self.tenant.customer.user_count = self.tenant.records.directory.len();
        Ok(keys)
    }

    async fn update_users(&mut self, users: &[User]) -> StoreResult<()> {
        self.records().directory.update(users)
    }

    async fn delete_user(&mut self, user: UserKey) -> StoreResult<()> {
        self.records().delete_user(user)?;
        let left = self.records().waitlist.remove_user(user);
        self.left(left);
        self.tenant.customer.user_count = self.tenant.records.directory.len();
        Ok(())
    }

    async fn resolve_users(&mut self, ids: &[UserId]) -> StoreResult<Vec<Option<UserKey>>> {
        Ok(self.records().directory.resolve(ids))
    }

    async fn select_users(&mut self, query: &SelectQuery) -> StoreResult<Vec<UserKey>> {
        Ok(self.records().select_users(query))
    }

    async fn count_users(&mut self, filter: Option<&UserFilter>) -> StoreResult<i64> {
        Ok(self.records().count_users(filter))
    }

    fn last_user_key(&self) -> UserKey {
        self.tenant.records.directory.last_key()
    }

    fn count_deleted_users(&self) -> i64 {
        self.tenant.records.directory.count_departed()
    }

    async fn deleted_users(&mut self) -> StoreResult<UserSet> {
        Ok(self.records().directory.departed_keys().collect())
    }

    async fn load_chunk(
        &mut self,
        selected: &[Selected],
        relevant: &RelevantProducts,
    ) -> StoreResult<LoadedChunk> {
        chunk::load(self.records(), selected, relevant)
    }

    async fn license_marks(&mut self, users: &[UserKey]) -> StoreResult<Vec<LicenseMark>> {
        Ok(self.records().licenses.marks(users))
    }

    async fn licenses(&mut self, query: &LicensePageQuery) -> StoreResult<Vec<License>> {
        Ok(self.records().licenses.page(query))
    }

    async fn entitlements(&mut self, products: &[ProductKey]) -> StoreResult<Vec<Entitlement>> {
        Ok(self.records().seats.entitlements(Some(products)))
    }

    async fn save_entitlement(&mut self, entitlement: &Entitlement) -> StoreResult<()> {
        self.unsettled.insert(entitlement.product);
        self.records().seats.save(entitlement);
        Ok(())
    }

    async fn reservations(&mut self, batch: BatchKey) -> StoreResult<Vec<(ProductKey, i64)>> {
        Ok(self.records().seats.reservations(batch))
    }

    async fn set_reservations(
        &mut self,
        batch: BatchKey,
        seats: &[(ProductKey, i64)],
    ) -> StoreResult<()> {
        let before = self.records().seats.reservations(batch);
        if before != seats {
            let products = before.iter().chain(seats).map(|&(product, _)| product);
            self.unsettled.extend(products);
        }
        self.records().set_reservations(batch, seats)
    }

    async fn record_all_licenses(
        &mut self,
        time: Timestamp,
        records: Vec<LicenseRecord>,
    ) -> StoreResult<Vec<JournalEntry>> {
        refuse_repeated_users(&records)?;
        let mut entries = Vec::new();
        for LicenseRecord { actor, changes } in records {
            self.unsettled.extend(freed(&changes.plan));
            let left = self.records().waitlist.remove_holders(&changes);
            self.left(left);
            entries.push(self.records().record_licenses(time, &actor, changes)?);
        }
        Ok(entries)
    }

    fn waitlist_count(&self) -> i64 {
        self.tenant.records.waitlist.count(None, None)
    }

    fn take_unsettled(&mut self) -> Vec<ProductKey> {
        std::mem::take(&mut self.unsettled).into_iter().collect()
    }

    async fn waitlist(&mut self, query: &WaitlistQuery) -> StoreResult<Vec<WaitlistEntry>> {
        Ok(self.records().page_of_waitlist(query))
    }

    async fn waited_for(
        &mut self,
        users: &[UserKey],
    ) -> StoreResult<Vec<(UserKey, i64, ProductKey)>> {
        Ok(self.records().waitlist.waited_for(users))
    }

    async fn join_waitlist(&mut self, time: Timestamp, joins: &WaitlistJoins) -> StoreResult<()> {
        let products: BTreeSet<ProductKey> = joins
            .changes
            .iter()
            .flat_map(|change| change.seats.iter().copied())
            .collect();
        let mut missing = products.iter();
        let missing = missing.find(|&&product| !self.tenant.records.seats.has(product));
        if let Some(product) = missing.filter(|_| !joins.users.is_empty()) {
            let what = "seats change but there is no entitlement";
            return Err(corrupt("entitlements", product, what));
        }
        self.unsettled.extend(products);
        self.records().waitlist.join(time, joins);
        self.records().count_waiting();
        Ok(())
    }

    async fn leave_waitlist(&mut self, changes: &[(UserKey, i64)]) -> StoreResult<()> {
        let left = self.records().waitlist.leave(changes);
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
        self.unsettled.insert(product);
        let waitlist = &mut self.records().waitlist;
        waitlist.prioritize(time, product, user, priority)
    }

    async fn waitlist_due(&mut self, product: ProductKey) -> StoreResult<Option<Timestamp>> {
        Ok(self.records().waitlist.due.get(&product).copied())
    }

    async fn set_waitlist_due(
        &mut self,
        product: ProductKey,
        due: Option<Timestamp>,
    ) -> StoreResult<()> {
        if !self.tenant.records.seats.has(product) {
            let what = "there is no entitlement whose queue could be due";
            return Err(corrupt("entitlements", product, what));
        }
        let waitlist = &mut self.records().waitlist;
        match due {
            Some(due) => waitlist.due.insert(product, due),
            None => waitlist.due.remove(&product),
        };
        Ok(())
    }

    async fn append(
        &mut self,
        time: Timestamp,
        actor: &Actor,
        effect: Effect,
    ) -> StoreResult<JournalEntry> {
        Ok(self.records().journal.append(time, actor, effect))
    }

    async fn entries(
        &mut self,
        sequences: &[JournalSequence],
    ) -> StoreResult<Vec<Option<JournalEntry>>> {
        let journal = &self.records().journal;
        let found = sequences.iter().map(|&place| journal.get(place).cloned());
        Ok(found.collect())
    }

    async fn batch_entries(
        &mut self,
        batch: BatchKey,
        after_result: i64,
        limit: usize,
    ) -> StoreResult<Vec<JournalEntry>> {
        let journal = &self.records().journal;
        Ok(journal.of_batch(batch, after_result, limit))
    }

    async fn requests(&mut self, ids: &[RequestId]) -> StoreResult<Vec<Option<RequestRecord>>> {
        let requests = &self.records().requests;
        Ok(ids.iter().map(|id| requests.get(id).cloned()).collect())
    }

    async fn insert_requests(&mut self, records: &[RequestRecord]) -> StoreResult<()> {
        for record in records {
            self.records().insert_request(record)?;
        }
        Ok(())
    }

    async fn selection(&mut self, id: &SelectionId) -> StoreResult<Option<Selection>> {
        Ok(self.records().selections.by_id(id).cloned())
    }

    async fn count_selections(&mut self, now: Timestamp) -> StoreResult<i64> {
        Ok(self.records().selections.count(now))
    }

    async fn insert_selection(
        &mut self,
        selection: NewSelection,
        users: &UserSet,
    ) -> StoreResult<Selection> {
        self.records().selections.insert(selection, users)
    }

    async fn save_selection(&mut self, selection: &Selection) -> StoreResult<()> {
        self.records().selections.save(selection)
    }

    async fn add_selection_users(
        &mut self,
        selection: SelectionKey,
        users: &UserSet,
    ) -> StoreResult<i64> {
        self.records().selections.add_users(selection, users)
    }

    async fn remove_selection_users(
        &mut self,
        selection: SelectionKey,
        users: &UserSet,
    ) -> StoreResult<i64> {
        self.records().selections.remove_users(selection, users)
    }

    async fn delete_selection(&mut self, selection: SelectionKey) -> StoreResult<()> {
        self.records().selections.delete(selection)
    }

    async fn insert_batch(&mut self, batch: NewBatch) -> StoreResult<Batch> {
        self.records().batches.insert(batch)
    }

    async fn batch(&mut self, batch: BatchKey) -> StoreResult<Option<Batch>> {
        Ok(self.records().batches.get(batch).cloned())
    }

    async fn batch_by_id(&mut self, batch: &BatchId) -> StoreResult<Option<Batch>> {
        Ok(self.records().batches.by_id(batch).cloned())
    }

    async fn count_running_batches(&mut self) -> StoreResult<i64> {
        Ok(self.records().batches.count_running())
    }

    async fn unfinished_batches(&mut self) -> StoreResult<Vec<Batch>> {
        Ok(self.records().batches.unfinished())
    }

    async fn save_batch(&mut self, batch: &Batch) -> StoreResult<()> {
        self.records().batches.save(batch)
    }

    async fn delete_batch(&mut self, batch: BatchKey) -> StoreResult<()> {
        let released = self.records().seats.reservations(batch);
        self.unsettled
            .extend(released.into_iter().map(|(product, _)| product));
        self.records().seats.reserve(batch, &[])?;
        self.records().batches.delete(batch);
        Ok(())
    }

    async fn remove_batch(&mut self, batch: BatchKey, segments_max: usize) -> StoreResult<bool> {
        let records = self.records();
        let leads_there = RequestTarget::Batch(batch);
        let removed = records.batches.remove(batch, segments_max)?;
        records
            .requests
            .retain(|_, request| request.target != leads_there);
        Ok(removed)
    }

    async fn remove_old_requests(&mut self, until: Timestamp, limit: usize) -> StoreResult<usize> {
        let requests = &mut self.records().requests;
        let old = requests.values().filter(|request| is_old(request, until));
        let mut old: Vec<_> = old
            .map(|request| (request.create_time, request.id.clone()))
            .collect();
        old.sort();
        old.truncate(limit);
        for (_, id) in &old {
            requests.remove(id);
        }
        Ok(old.len())
    }

    async fn compact_journal(&mut self, step: CompactionStep) -> StoreResult<usize> {
        let Records {
            journal,
            batches,
            requests,
            ..
        } = self.records();
        let count = journal.compact(step, |batch| batches.get(batch).is_some());
        let base = journal.span().base;
        requests.retain(|_, request| match request.target {
            RequestTarget::Batch(_) => true,
            RequestTarget::Entry(sequence) => sequence > base,
        });
        Ok(count)
    }

    async fn append_segments(
        &mut self,
        batch: BatchKey,
        first_position: i64,
        segments: &[PackedSegment],
    ) -> StoreResult<()> {
        let batches = &mut self.records().batches;
        batches.append_segments(batch, first_position, segments)
    }

    async fn segments(
        &mut self,
        batch: BatchKey,
        first_position: i64,
        segments_max: usize,
    ) -> StoreResult<Option<Vec<Selected>>> {
        let batches = &self.records().batches;
        Ok(batches.segments(batch, first_position, segments_max))
    }

    async fn commit(self: Box<Self>) -> StoreResult<()> {
        let tenant = (!self.deleted).then_some(self.tenant);
        self.shared
            .with(|database| database.replace(self.key, tenant));
        Ok(())
    }
}
