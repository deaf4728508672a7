use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use seatkeeper_domain::{
    BatchId, BatchKey, Catalog, CatalogVersion, Customer, CustomerId, CustomerKey, Entitlement,
    JournalEntry, JournalSequence, License, ProductKey, RelevantProducts, RequestId, Selection,
    SelectionId, SelectionKey, Timestamp, User, UserFilter, UserId, UserKey, UserSet,
    WaitlistEntry,
};
use seatkeeper_store::{
    Batch, BatchProgress, CustomerTx, EndedBatch, IdempotencyRecord, JournalSpan, LicenseCounts,
    LicensePageQuery, LoadedChunk, ModelStore, NewCatalog, NewCustomer, NewTokenKey, SelectQuery,
    Selected, Snapshot, Store, StoreError, StoreResult, TokenKey, UserKeysPage, UserPageQuery,
    WaitlistQuery,
};

use crate::mutants::Mutant;
use crate::server::{Server, Way, source};
use crate::tx::FaultyTx;

/// Few concurrent transactions, so that batches wait for a permit.
const WRITERS: usize = 2;

/// One server's connection to the store that all servers share. Calls take time, get lost, and end
/// with their server.
pub(crate) struct FaultyStore {
    pub(crate) inner: Arc<ModelStore>,
    pub(crate) server: Arc<Server>,
}

impl FaultyStore {
    async fn call<T>(
        &self,
        name: &str,
        work: impl Future<Output = StoreResult<T>> + Send,
    ) -> StoreResult<T> {
        self.way(name).await?;
        let answer = work.await;
        self.way(name).await?;
        answer
    }

    async fn way(&self, name: &str) -> StoreResult<()> {
        match self.server.travel(false).await {
            Way::Arrived => Ok(()),
            Way::Lost => Err(self.server.unavailable(name)),
            Way::Dead => self.server.stop_task(name).await,
        }
    }

    async fn begin(&self, key: CustomerKey) -> StoreResult<Option<Box<dyn CustomerTx>>> {
        self.way("lock_customer").await?;
        if self
            .server
            .sim
            .strikes(self.server.sim.fault_profile.conflict)
        {
            self.server.sim.count("conflict");
            return Err(StoreError::Conflict(source("a simulated deadlock")));
        }
        let locked = self.server.alive(self.inner.lock_customer(key)).await?;
        Ok(locked.map(|tx| Box::new(FaultyTx::new(tx, &self.server)) as Box<dyn CustomerTx>))
    }

    async fn claimable(
        &self,
        now: Timestamp,
        after: Option<(CustomerKey, BatchKey)>,
        limit: usize,
    ) -> StoreResult<Vec<(CustomerKey, BatchKey)>> {
        if self.server.sim.has(Mutant::MissedRecovery) {
            return Ok(Vec::new());
        }
        let now = if self.server.sim.has(Mutant::LeaseIgnored) {
            Timestamp::from_micros(i64::MAX)
        } else {
            now
        };
        let found = self.inner.claimable_batches(now, after, limit);
        self.call("claimable_batches", found).await
    }
}

/// A read travels to the store and back; so does a write outside a customer's transaction.
macro_rules! faulty_store {
    ($(async fn $name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        #[async_trait]
        impl Store for FaultyStore {
            fn writers(&self) -> usize {
                WRITERS
            }

            async fn lock_customer(
                &self,
                key: CustomerKey,
            ) -> StoreResult<Option<Box<dyn CustomerTx>>> {
                self.begin(key).await
            }

            async fn claimable_batches(
                &self,
                now: Timestamp,
                after: Option<(CustomerKey, BatchKey)>,
                limit: usize,
            ) -> StoreResult<Vec<(CustomerKey, BatchKey)>> {
                self.claimable(now, after, limit).await
            }

            $(async fn $name(&self, $($argument: $type),*) -> StoreResult<$answer> {
                self.call(stringify!($name), self.inner.$name($($argument),*)).await
            })*
        }
    };
}

faulty_store! {
    async fn ping() -> ();
    async fn save_catalog(catalog: NewCatalog) -> CatalogVersion;
    async fn latest_catalog_version() -> Option<CatalogVersion>;
    async fn catalog(version: CatalogVersion) -> Option<Catalog>;
    async fn token_keys() -> Vec<TokenKey>;
    async fn add_token_key(key: NewTokenKey) -> Vec<TokenKey>;
    async fn create_customer(customer: NewCustomer) -> Customer;
    async fn customer(id: &CustomerId) -> Option<Customer>;
    async fn customer_by_key(key: CustomerKey) -> Option<Customer>;
    async fn list_customers(after: Option<&CustomerId>, limit: usize) -> Vec<Customer>;
    async fn count_customers() -> i64;
    async fn snapshot(key: CustomerKey) -> Option<Box<dyn Snapshot>>;
    async fn user(customer: CustomerKey, id: &UserId) -> Option<User>;
    async fn list_users(customer: CustomerKey, query: &UserPageQuery) -> Vec<User>;
    async fn list_users_of(
        customer: CustomerKey, users: &[UserKey], query: &UserPageQuery
    ) -> Vec<User>;
    async fn list_user_keys(customer: CustomerKey, query: &UserPageQuery) -> UserKeysPage;
    async fn count_deleted_users(customer: CustomerKey) -> i64;
    async fn count_users(customer: CustomerKey, filter: Option<&UserFilter>) -> i64;
    async fn select_users(customer: CustomerKey, query: &SelectQuery) -> Vec<UserKey>;
    async fn last_user_key(customer: CustomerKey) -> UserKey;
    async fn resolve_users(customer: CustomerKey, ids: &[UserId]) -> Vec<Option<UserKey>>;
    async fn load_chunk(
        customer: CustomerKey, selected: &[Selected], relevant: &RelevantProducts
    ) -> LoadedChunk;
    async fn segments(
        customer: CustomerKey, batch: BatchKey, first_position: i64, segments_max: usize
    ) -> Option<Vec<Selected>>;
    async fn entitlements(
        customer: CustomerKey, products: Option<&[ProductKey]>
    ) -> Vec<Entitlement>;
    async fn licenses(customer: CustomerKey, query: &LicensePageQuery) -> Vec<License>;
    async fn count_licenses(
        customer: CustomerKey, products: &[ProductKey], users: Option<&UserSet>
    ) -> LicenseCounts;
    async fn holders(customer: CustomerKey, product: ProductKey) -> UserSet;
    async fn waitlist(customer: CustomerKey, query: &WaitlistQuery) -> Vec<WaitlistEntry>;
    async fn count_waitlist(
        customer: CustomerKey, product: Option<ProductKey>, user: Option<UserKey>
    ) -> i64;
    async fn due_waitlists(
        now: Timestamp, after: Option<(CustomerKey, ProductKey)>, limit: usize
    ) -> Vec<(CustomerKey, ProductKey)>;
    async fn idempotency_record(customer: CustomerKey, id: &RequestId) -> Option<IdempotencyRecord>;
    async fn selection(customer: CustomerKey, id: &SelectionId) -> Option<Selection>;
    async fn selection_users(customer: CustomerKey, selection: SelectionKey) -> UserSet;
    async fn list_selections(
        customer: CustomerKey, now: Timestamp, before: Option<SelectionKey>, limit: usize
    ) -> Vec<Selection>;
    async fn count_selections(customer: CustomerKey, now: Timestamp) -> i64;
    async fn expired_selections(
        now: Timestamp, limit: usize
    ) -> Vec<(CustomerKey, SelectionId)>;
    async fn batch(customer: CustomerKey, batch: BatchKey) -> Option<Batch>;
    async fn batch_by_id(customer: CustomerKey, batch: &BatchId) -> Option<Batch>;
    async fn batch_progress(batches: &[(CustomerKey, BatchKey)]) -> Vec<BatchProgress>;
    async fn batch_ids(customer: CustomerKey, batches: &[BatchKey]) -> Vec<(BatchKey, BatchId)>;
    async fn journal_span(customer: CustomerKey) -> Option<JournalSpan>;
    async fn old_journals(
        until: Timestamp, after: Option<(Timestamp, CustomerKey)>, limit: usize
    ) -> Vec<(Timestamp, CustomerKey)>;
    async fn list_batches(
        customer: CustomerKey, before: Option<BatchKey>, limit: usize
    ) -> Vec<Batch>;
    async fn count_batches(customer: CustomerKey) -> i64;
    async fn ended_batches(
        until: Timestamp, after: Option<EndedBatch>, limit: usize
    ) -> Vec<EndedBatch>;
    async fn customers_with_old_idempotency_records(
        until: Timestamp, limit: usize
    ) -> Vec<CustomerKey>;
    async fn batch_entries(
        customer: CustomerKey, batch: BatchKey, after_result: i64, limit: usize
    ) -> Vec<JournalEntry>;
    async fn journal(
        customer: CustomerKey, after: JournalSequence, limit: usize
    ) -> Vec<JournalEntry>;
}
