mod batches;
mod chunk;
mod customer;
mod database;
mod directory;
mod error;
mod journal;
mod licenses;
mod page;
mod seats;
mod selections;
mod shared;
mod snapshot;
mod transaction;
mod waitlist;

use async_trait::async_trait;
use seatkeeper_domain::{
    BatchId, BatchKey, Catalog, CatalogVersion, Customer, CustomerId, CustomerKey, Entitlement,
    JournalEntry, JournalSequence, License, ProductKey, RelevantProducts, RequestId, Selection,
    SelectionId, SelectionKey, Timestamp, User, UserFilter, UserId, UserKey, UserSet,
    WaitlistEntry,
};

use self::customer::CustomerData;
use self::shared::Shared;
use self::snapshot::ModelSnapshot;
use self::transaction::ModelTx;
use crate::{
    Batch, BatchProgress, CustomerTx, EndedBatch, IdempotencyRecord, JournalSpan, LicenseCounts,
    LicensePageQuery, LoadedChunk, NewCatalog, NewCustomer, NewTokenKey, SelectQuery, Selected,
    Snapshot, Store, StoreResult, TokenKey, UserKeysPage, UserPageQuery, WaitlistQuery,
};

/// A store in memory that keeps the promises of [`Store`] in the most obvious way. It is the oracle
/// for the databases, and the store of tests that don't need a database.
///
/// A transaction changes a copy of its customer's state; a commit replaces the state by the copy.
#[derive(Debug, Default)]
pub struct ModelStore {
    shared: Shared,
}

impl ModelStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a customer's data; a customer that does not exist has empty data.
    fn read<T>(&self, customer: CustomerKey, read: impl FnOnce(&CustomerData) -> T) -> T {
        self.shared
            .with(|database| match database.customers.get(&customer) {
                Some(state) => read(&state.data),
                None => read(&CustomerData::default()),
            })
    }
}

#[async_trait]
impl Store for ModelStore {
    fn writers(&self) -> usize {
        // Transactions of different customers never wait for each other.
        usize::MAX
    }

    async fn ping(&self) -> StoreResult<()> {
        Ok(())
    }

    async fn save_catalog(&self, catalog: NewCatalog) -> StoreResult<CatalogVersion> {
        self.shared.with(|database| database.save_catalog(catalog))
    }

    async fn latest_catalog_version(&self) -> StoreResult<Option<CatalogVersion>> {
        Ok(self
            .shared
            .with(|database| database.latest_catalog_version()))
    }

    async fn catalog(&self, version: CatalogVersion) -> StoreResult<Option<Catalog>> {
        Ok(self
            .shared
            .with(|database| database.catalogs.get(&version).cloned()))
    }

    async fn token_keys(&self) -> StoreResult<Vec<TokenKey>> {
        Ok(self.shared.with(|database| database.token_keys.clone()))
    }

    async fn add_token_key(&self, key: NewTokenKey) -> StoreResult<Vec<TokenKey>> {
        Ok(self.shared.with(|database| database.add_token_key(key)))
    }

    async fn create_customer(&self, customer: NewCustomer) -> StoreResult<Customer> {
        self.shared
            .with(|database| database.create_customer(customer))
    }

    async fn customer(&self, id: &CustomerId) -> StoreResult<Option<Customer>> {
        Ok(self.shared.with(|database| database.customer(id).cloned()))
    }

    async fn customer_by_key(&self, key: CustomerKey) -> StoreResult<Option<Customer>> {
        Ok(self.shared.with(|database| {
            let state = database.customers.get(&key)?;
            Some(state.customer.clone())
        }))
    }

    async fn list_customers(
        &self,
        after: Option<&CustomerId>,
        limit: usize,
    ) -> StoreResult<Vec<Customer>> {
        Ok(self
            .shared
            .with(|database| database.list_customers(after, limit)))
    }

    async fn count_customers(&self) -> StoreResult<i64> {
        Ok(self.shared.with(|database| count(database.customers.len())))
    }

    async fn lock_customer(&self, key: CustomerKey) -> StoreResult<Option<Box<dyn CustomerTx>>> {
        let transaction = ModelTx::begin(&self.shared, key).await;
        Ok(transaction.map(|transaction| Box::new(transaction) as Box<dyn CustomerTx>))
    }

    async fn snapshot(&self, key: CustomerKey) -> StoreResult<Option<Box<dyn Snapshot>>> {
        let state = self
            .shared
            .with(|database| database.customers.get(&key).cloned());
        Ok(state.map(|state| Box::new(ModelSnapshot(state)) as Box<dyn Snapshot>))
    }

    async fn user(&self, customer: CustomerKey, id: &UserId) -> StoreResult<Option<User>> {
        Ok(self.read(customer, |data| data.directory.by_id(id).cloned()))
    }

    async fn list_users(
        &self,
        customer: CustomerKey,
        query: &UserPageQuery,
    ) -> StoreResult<Vec<User>> {
        Ok(self.read(customer, |data| data.list_users(query)))
    }

    async fn list_users_of(
        &self,
        customer: CustomerKey,
        users: &[UserKey],
        query: &UserPageQuery,
    ) -> StoreResult<Vec<User>> {
        Ok(self.read(customer, |data| data.list_users_of(users, query)))
    }

    async fn list_user_keys(
        &self,
        customer: CustomerKey,
        query: &UserPageQuery,
    ) -> StoreResult<UserKeysPage> {
        Ok(self.read(customer, |data| data.list_user_keys(query)))
    }

    async fn count_deleted_users(&self, customer: CustomerKey) -> StoreResult<i64> {
        Ok(self.read(customer, |data| data.directory.count_departed()))
    }

    async fn count_users(
        &self,
        customer: CustomerKey,
        filter: Option<&UserFilter>,
    ) -> StoreResult<i64> {
        Ok(self.read(customer, |data| data.count_users(filter)))
    }

    async fn select_users(
        &self,
        customer: CustomerKey,
        query: &SelectQuery,
    ) -> StoreResult<Vec<UserKey>> {
        Ok(self.read(customer, |data| data.select_users(query)))
    }

    async fn last_user_key(&self, customer: CustomerKey) -> StoreResult<UserKey> {
        Ok(self.read(customer, |data| data.directory.last_key()))
    }

    async fn resolve_users(
        &self,
        customer: CustomerKey,
        ids: &[UserId],
    ) -> StoreResult<Vec<Option<UserKey>>> {
        Ok(self.read(customer, |data| data.directory.resolve(ids)))
    }

    async fn load_chunk(
        &self,
        customer: CustomerKey,
        selected: &[Selected],
        relevant: &RelevantProducts,
    ) -> StoreResult<LoadedChunk> {
        self.read(customer, |data| chunk::load(data, selected, relevant))
    }

    async fn segments(
        &self,
        customer: CustomerKey,
        batch: BatchKey,
        first_position: i64,
        segments_max: usize,
    ) -> StoreResult<Option<Vec<Selected>>> {
        Ok(self.read(customer, |data| {
            data.batches.segments(batch, first_position, segments_max)
        }))
    }

    async fn entitlements(
        &self,
        customer: CustomerKey,
        products: Option<&[ProductKey]>,
    ) -> StoreResult<Vec<Entitlement>> {
        Ok(self.read(customer, |data| data.seats.entitlements(products)))
    }

    async fn licenses(
        &self,
        customer: CustomerKey,
        query: &LicensePageQuery,
    ) -> StoreResult<Vec<License>> {
        Ok(self.read(customer, |data| data.licenses.page(query)))
    }

    async fn count_licenses(
        &self,
        customer: CustomerKey,
        products: &[ProductKey],
        users: Option<&UserSet>,
    ) -> StoreResult<LicenseCounts> {
        Ok(self.read(customer, |data| data.count_licenses(products, users)))
    }

    async fn holders(&self, customer: CustomerKey, product: ProductKey) -> StoreResult<UserSet> {
        Ok(self.read(customer, |data| data.licenses.holders(product)))
    }

    async fn waitlist(
        &self,
        customer: CustomerKey,
        query: &WaitlistQuery,
    ) -> StoreResult<Vec<WaitlistEntry>> {
        Ok(self.read(customer, |data| data.page_of_waitlist(query)))
    }

    async fn count_waitlist(
        &self,
        customer: CustomerKey,
        product: Option<ProductKey>,
        user: Option<UserKey>,
    ) -> StoreResult<i64> {
        Ok(self.read(customer, |data| data.waitlist.count(product, user)))
    }

    async fn due_waitlists(
        &self,
        now: Timestamp,
        after: Option<(CustomerKey, ProductKey)>,
        limit: usize,
    ) -> StoreResult<Vec<(CustomerKey, ProductKey)>> {
        Ok(self
            .shared
            .with(|database| database.due_waitlists(now, after, limit)))
    }

    async fn idempotency_record(
        &self,
        customer: CustomerKey,
        id: &RequestId,
    ) -> StoreResult<Option<IdempotencyRecord>> {
        Ok(self.read(customer, |data| data.idempotency_records.get(id).cloned()))
    }

    async fn selection(
        &self,
        customer: CustomerKey,
        id: &SelectionId,
    ) -> StoreResult<Option<Selection>> {
        Ok(self.read(customer, |data| data.selections.by_id(id).cloned()))
    }

    async fn selection_users(
        &self,
        customer: CustomerKey,
        selection: SelectionKey,
    ) -> StoreResult<UserSet> {
        Ok(self.read(customer, |data| data.selections.users(selection)))
    }

    async fn list_selections(
        &self,
        customer: CustomerKey,
        now: Timestamp,
        before: Option<SelectionKey>,
        limit: usize,
    ) -> StoreResult<Vec<Selection>> {
        Ok(self.read(customer, |data| data.selections.page(now, before, limit)))
    }

    async fn count_selections(&self, customer: CustomerKey, now: Timestamp) -> StoreResult<i64> {
        Ok(self.read(customer, |data| data.selections.count(now)))
    }

    async fn expired_selections(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> StoreResult<Vec<(CustomerKey, SelectionId)>> {
        Ok(self
            .shared
            .with(|database| database.expired_selections(now, limit)))
    }

    async fn batch(&self, customer: CustomerKey, batch: BatchKey) -> StoreResult<Option<Batch>> {
        Ok(self.read(customer, |data| data.batches.get(batch).cloned()))
    }

    async fn batch_by_id(
        &self,
        customer: CustomerKey,
        batch: &BatchId,
    ) -> StoreResult<Option<Batch>> {
        Ok(self.read(customer, |data| data.batches.by_id(batch).cloned()))
    }

    async fn batch_progress(
        &self,
        batches: &[(CustomerKey, BatchKey)],
    ) -> StoreResult<Vec<BatchProgress>> {
        let mut addresses = batches.to_vec();
        addresses.sort_unstable();
        addresses.dedup();
        let found = addresses.into_iter().filter_map(|(customer, batch)| {
            let found = self.read(customer, |data| data.batches.get(batch).cloned());
            found.map(|batch| BatchProgress::of(customer, &batch))
        });
        Ok(found.collect())
    }

    async fn batch_ids(
        &self,
        customer: CustomerKey,
        batches: &[BatchKey],
    ) -> StoreResult<Vec<(BatchKey, BatchId)>> {
        Ok(self.read(customer, |data| data.batches.ids(batches)))
    }

    async fn list_batches(
        &self,
        customer: CustomerKey,
        before: Option<BatchKey>,
        limit: usize,
    ) -> StoreResult<Vec<Batch>> {
        Ok(self.read(customer, |data| data.batches.page(before, limit)))
    }

    async fn count_batches(&self, customer: CustomerKey) -> StoreResult<i64> {
        Ok(self.read(customer, |data| data.batches.count()))
    }

    async fn claimable_batches(
        &self,
        now: Timestamp,
        after: Option<(CustomerKey, BatchKey)>,
        limit: usize,
    ) -> StoreResult<Vec<(CustomerKey, BatchKey)>> {
        Ok(self
            .shared
            .with(|database| database.claimable_batches(now, after, limit)))
    }

    async fn ended_batches(
        &self,
        until: Timestamp,
        after: Option<EndedBatch>,
        limit: usize,
    ) -> StoreResult<Vec<EndedBatch>> {
        Ok(self
            .shared
            .with(|database| database.ended_batches(until, after, limit)))
    }

    async fn customers_with_old_idempotency_records(
        &self,
        until: Timestamp,

        limit: usize,
    ) -> StoreResult<Vec<CustomerKey>> {
        Ok(self
            .shared
            .with(|database| database.customers_with_old_idempotency_records(until, limit)))
    }

    async fn batch_entries(
        &self,
        customer: CustomerKey,
        batch: BatchKey,
        after_result: i64,
        limit: usize,
    ) -> StoreResult<Vec<JournalEntry>> {
        Ok(self.read(customer, |data| {
            data.journal.of_batch(batch, after_result, limit)
        }))
    }

    async fn journal_span(&self, customer: CustomerKey) -> StoreResult<Option<JournalSpan>> {
        Ok(self.shared.with(|database| {
            let state = database.customers.get(&customer)?;
            Some(state.data.journal.span())
        }))
    }

    async fn old_journals(
        &self,
        until: Timestamp,
        after: Option<(Timestamp, CustomerKey)>,
        limit: usize,
    ) -> StoreResult<Vec<(Timestamp, CustomerKey)>> {
        Ok(self
            .shared
            .with(|database| database.old_journals(until, after, limit)))
    }

    async fn journal(
        &self,
        customer: CustomerKey,
        after: JournalSequence,
        limit: usize,
    ) -> StoreResult<Vec<JournalEntry>> {
        Ok(self.read(customer, |data| data.journal.after(after, limit)))
    }
}

fn count(length: usize) -> i64 {
    i64::try_from(length).expect("a collection in memory has fewer than 2^63 members")
}
