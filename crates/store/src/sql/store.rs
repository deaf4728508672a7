use std::path::Path;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use seatkeeper_domain::{
    BatchId, BatchKey, Catalog, CatalogVersion, Customer, CustomerId, CustomerKey, Entitlement,
    JournalEntry, JournalSequence, License, ProductKey, RelevantProducts, RequestId, Selection,
    SelectionId, SelectionKey, Timestamp, User, UserFilter, UserId, UserKey, UserSet,
    WaitlistEntry,
};
use seatkeeper_failpoints::{Point, fail_point};

use super::address::Address;
use super::error::classify;
use super::file_lock::FileLock;
use super::lanes::Lane;
use super::notifications;
use super::options::{PostgresOptions, SqliteOptions};
use super::pools::{Pools, close, commit, in_task};
use super::snapshot::SqlSnapshot;
use super::tx::SqlCustomerTx;
use super::{
    batches, catalogs, chunks, compaction, custom_plan, customers, entitlements, holders,
    idempotency, journal, licenses, open, retention, segments, selection_blocks, selections,
    token_keys, user_keys_page, user_pages, users, waitlist,
};
use crate::{
    Batch, BatchNotifications, BatchProgress, CustomerTx, EndedBatch, IdempotencyRecord,
    JournalSpan, LicenseCounts, LicensePageQuery, LoadedChunk, NewCatalog, NewCustomer,
    NewTokenKey, SelectQuery, Selected, Snapshot, Store, StoreResult, TokenKey, UserKeysPage,
    UserPageQuery, WaitlistQuery,
};

/// The store on a database: embedded SQLite or PostgreSQL.
#[derive(Debug)]
pub struct SqlStore {
    pub(super) pools: Pools,
    /// The lock of a writable SQLite database, held until the store is closed; `None` for
    /// PostgreSQL.
    lock: Mutex<Option<FileLock>>,
    /// Where to subscribe to notifications; `None` for SQLite, which has one server at a time.
    address: Option<Address>,
}

impl SqlStore {
    /// Opens an SQLite database and migrates its schema. `path` is a data directory, which is
    /// created if missing, or a file that exists or ends in `.db`.
    ///
    /// # Errors
    /// [`crate::StoreError::InUse`] when another process has it open,
    /// [`crate::StoreError::SchemaTooNew`] when a newer program has used it, and
    /// [`crate::StoreError::SchemaUnreleased`] when a development version made it.
    pub async fn open_sqlite(path: &Path, options: SqliteOptions) -> StoreResult<Self> {
        let opened = open::sqlite(path, options).await?;
        Ok(Self {
            pools: opened.pools,
            lock: Mutex::new(Some(opened.lock)),
            address: None,
        })
    }

    /// Connects to PostgreSQL and migrates the schema; servers that start together wait for each
    /// other.
    ///
    /// # Errors
    /// [`crate::StoreError::SchemaTooNew`] when a newer program has used the database, and
    /// [`crate::StoreError::SchemaUnreleased`] when a development version made it.
    pub async fn open_postgres(url: &str, options: PostgresOptions) -> StoreResult<Self> {
        let address = Address::parse(url)?;
        let pools = open::postgres(&address, options).await?;
        Ok(Self {
            pools,
            lock: Mutex::default(),
            address: Some(address),
        })
    }

    /// Opens an SQLite database for reading only, also while a server has it open. `path` is as in
    /// [`SqlStore::open_sqlite`], and must exist. Every write fails.
    ///
    /// # Errors
    /// [`crate::StoreError::SchemaTooNew`] and [`crate::StoreError::SchemaTooOld`] when another
    /// version of the program made the schema.
    pub async fn read_sqlite(path: &Path, options: SqliteOptions) -> StoreResult<Self> {
        let pools = open::sqlite_to_read(path, options).await?;
        Ok(Self {
            pools,
            lock: Mutex::default(),
            address: None,
        })
    }

    /// Connects to PostgreSQL for reading only. Every write fails.
    ///
    /// # Errors
    /// As for [`SqlStore::read_sqlite`].
    pub async fn read_postgres(url: &str, options: PostgresOptions) -> StoreResult<Self> {
        let pools = open::postgres_to_read(&Address::parse(url)?, options).await?;
        Ok(Self {
            pools,
            lock: Mutex::default(),
            address: None,
        })
    }

    /// The number of statements sent since the store was opened, except those that begin and end
    /// transactions: the cost of work in round trips.
    #[must_use]
    pub fn statement_count(&self) -> u64 {
        self.pools.statement_count()
    }

    /// The number of statements stopped since the store was opened, because the callers of their
    /// reads disconnected.
    #[must_use]
    pub fn stopped_statement_count(&self) -> u64 {
        self.pools.readers.stopped_count()
    }

    /// Closes the connections after waiting for open transactions. Later operations on the store
    /// fail. An SQLite database can then be opened by another process. Its file is complete without
    /// the write-ahead log, unless another process has it open.
    pub async fn close(&self) -> StoreResult<()> {
        close(self.pools.clone()).await.map_err(classify)?;
        *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }
}

#[async_trait]
impl Store for SqlStore {
    fn writers(&self) -> usize {
        self.pools.writers()
    }

    async fn ping(&self) -> StoreResult<()> {
        self.pools.probe.check().await
    }

    async fn save_catalog(&self, catalog: NewCatalog) -> StoreResult<CatalogVersion> {
        let pools = self.pools.clone();
        in_task(async move {
            let db = pools.begin_write().await?;
            let version = catalogs::save(&db, catalog).await?;
            fail_point(Point::CatalogSaved);
            commit(db).await?;
            Ok(version)
        })
        .await
    }

    async fn latest_catalog_version(&self) -> StoreResult<Option<CatalogVersion>> {
        catalogs::latest(&self.pools.read().await?).await
    }

    async fn catalog(&self, version: CatalogVersion) -> StoreResult<Option<Catalog>> {
        catalogs::by_version(&self.pools.read().await?, version).await
    }

    async fn token_keys(&self) -> StoreResult<Vec<TokenKey>> {
        token_keys::read(&self.pools.read().await?).await
    }

    async fn add_token_key(&self, key: NewTokenKey) -> StoreResult<Vec<TokenKey>> {
        let pools = self.pools.clone();
        in_task(async move {
            let db = pools.begin_write().await?;
            let keys = token_keys::add(&db, key).await?;
            commit(db).await?;
            Ok(keys)
        })
        .await
    }

    async fn create_customer(&self, customer: NewCustomer) -> StoreResult<Customer> {
        let pools = self.pools.clone();
        in_task(async move {
            let db = pools.begin_write().await?;
            let customer = customers::create(&db, customer).await?;
            fail_point(Point::CustomerCreated);
            commit(db).await?;
            Ok(customer)
        })
        .await
    }

    async fn customer(&self, id: &CustomerId) -> StoreResult<Option<Customer>> {
        customers::by_id(&self.pools.read().await?, id).await
    }

    async fn customer_by_key(&self, key: CustomerKey) -> StoreResult<Option<Customer>> {
        customers::by_key(&self.pools.read().await?, key).await
    }

    async fn list_customers(
        &self,
        after: Option<&CustomerId>,
        limit: usize,
    ) -> StoreResult<Vec<Customer>> {
        customers::page(&self.pools.read().await?, after, limit).await
    }

    async fn count_customers(&self) -> StoreResult<i64> {
        customers::count(&self.pools.read().await?).await
    }

    async fn lock_customer(&self, key: CustomerKey) -> StoreResult<Option<Box<dyn CustomerTx>>> {
        let tx = SqlCustomerTx::begin(&self.pools, key).await?;
        Ok(tx.map(|tx| Box::new(tx) as Box<dyn CustomerTx>))
    }

    async fn snapshot(&self, key: CustomerKey) -> StoreResult<Option<Box<dyn Snapshot>>> {
        let snapshot = SqlSnapshot::begin(&self.pools, key).await?;
        Ok(snapshot.map(|snapshot| Box::new(snapshot) as Box<dyn Snapshot>))
    }

    async fn user(&self, customer: CustomerKey, id: &UserId) -> StoreResult<Option<User>> {
        users::by_id(&self.pools.read().await?, customer, id).await
    }

    async fn list_users(
        &self,
        customer: CustomerKey,
        query: &UserPageQuery,
    ) -> StoreResult<Vec<User>> {
        match query.filter {
            None => user_pages::users(&self.pools.read().await?, customer, query).await,
            Some(_) => {
                user_pages::users(&custom_plan::begin(&self.pools).await?, customer, query).await
            }
        }
    }

    async fn list_users_of(
        &self,
        customer: CustomerKey,
        users: &[UserKey],
        query: &UserPageQuery,
    ) -> StoreResult<Vec<User>> {
        user_pages::users_of(&self.pools.read_much().await?, customer, users, query).await
    }

    async fn list_user_keys(
        &self,
        customer: CustomerKey,
        query: &UserPageQuery,
    ) -> StoreResult<UserKeysPage> {
        user_keys_page::users(&self.pools.read_much().await?, customer, query).await
    }

    async fn count_deleted_users(&self, customer: CustomerKey) -> StoreResult<i64> {
        customers::count_deleted_users(&self.pools.read().await?, customer).await
    }

    async fn count_users(
        &self,
        customer: CustomerKey,
        filter: Option<&UserFilter>,
    ) -> StoreResult<i64> {
        match filter {
            None => users::count(&self.pools.read().await?, customer, None).await,
            Some(_) => {
                users::count(&custom_plan::begin(&self.pools).await?, customer, filter).await
            }
        }
    }

    async fn select_users(
        &self,
        customer: CustomerKey,
        query: &SelectQuery,
    ) -> StoreResult<Vec<UserKey>> {
        match query.filter {
            None => users::select(&self.pools.read().await?, customer, None, query).await,
            Some(_) => {
                let db = custom_plan::begin(&self.pools).await?;
                users::select(&db, customer, None, query).await
            }
        }
    }

    async fn last_user_key(&self, customer: CustomerKey) -> StoreResult<UserKey> {
        let key = customers::last_user_key(&self.pools.read().await?, customer).await?;
        Ok(UserKey(key))
    }

    async fn resolve_users(
        &self,
        customer: CustomerKey,
        ids: &[UserId],
    ) -> StoreResult<Vec<Option<UserKey>>> {
        users::resolve(&self.pools.read().await?, customer, ids).await
    }

    async fn load_chunk(
        &self,
        customer: CustomerKey,
        selected: &[Selected],
        relevant: &RelevantProducts,
    ) -> StoreResult<LoadedChunk> {
        let db = self.pools.begin_read(Lane::Cheap).await?;
        chunks::load(&db, customer, selected, relevant).await
    }

    async fn segments(
        &self,
        customer: CustomerKey,
        batch: BatchKey,
        first_position: i64,
        segments_max: usize,
    ) -> StoreResult<Option<Vec<Selected>>> {
        let db = self.pools.read().await?;
        segments::read(&db, customer, batch, first_position, segments_max).await
    }

    async fn entitlements(
        &self,
        customer: CustomerKey,
        products: Option<&[ProductKey]>,
    ) -> StoreResult<Vec<Entitlement>> {
        let db = self.pools.begin_read(Lane::Cheap).await?;
        entitlements::read(&db, customer, products).await
    }

    async fn licenses(
        &self,
        customer: CustomerKey,
        query: &LicensePageQuery,
    ) -> StoreResult<Vec<License>> {
        licenses::page(&self.pools.read().await?, customer, query).await
    }

    async fn count_licenses(
        &self,
        customer: CustomerKey,
        products: &[ProductKey],
        users: Option<&UserSet>,
    ) -> StoreResult<LicenseCounts> {
        let db = self.pools.begin_read(Lane::Expensive).await?;
        Ok(LicenseCounts {
            customer_users: users::count(&db, customer, None).await?,
            entitlements: entitlements::read(&db, customer, Some(products)).await?,
            holders: holders::count(&db, customer, products, users).await?,
        })
    }

    async fn holders(&self, customer: CustomerKey, product: ProductKey) -> StoreResult<UserSet> {
        holders::of_product(&self.pools.read_much().await?, customer, product).await
    }

    async fn waitlist(
        &self,
        customer: CustomerKey,
        query: &WaitlistQuery,
    ) -> StoreResult<Vec<WaitlistEntry>> {
        // A separate statement counts positions, and both must see the same moment.
        let db = self.pools.begin_read(Lane::Cheap).await?;
        waitlist::page(&db, customer, query).await
    }

    async fn count_waitlist(
        &self,
        customer: CustomerKey,
        product: Option<ProductKey>,
        user: Option<UserKey>,
    ) -> StoreResult<i64> {
        waitlist::count(&self.pools.read().await?, customer, product, user).await
    }

    async fn due_waitlists(
        &self,
        now: Timestamp,
        after: Option<(CustomerKey, ProductKey)>,
        limit: usize,
    ) -> StoreResult<Vec<(CustomerKey, ProductKey)>> {
        waitlist::due(&self.pools.read().await?, now, after, limit).await
    }

    async fn idempotency_record(
        &self,
        customer: CustomerKey,
        id: &RequestId,
    ) -> StoreResult<Option<IdempotencyRecord>> {
        idempotency::by_id(&self.pools.read().await?, customer, id).await
    }

    async fn selection(
        &self,
        customer: CustomerKey,
        id: &SelectionId,
    ) -> StoreResult<Option<Selection>> {
        selections::by_id(&self.pools.read().await?, customer, id).await
    }

    async fn selection_users(
        &self,
        customer: CustomerKey,
        selection: SelectionKey,
    ) -> StoreResult<UserSet> {
        selection_blocks::read(&self.pools.read_much().await?, customer, selection, None).await
    }

    async fn list_selections(
        &self,
        customer: CustomerKey,
        now: Timestamp,
        before: Option<SelectionKey>,
        limit: usize,
    ) -> StoreResult<Vec<Selection>> {
        selections::page(&self.pools.read().await?, customer, now, before, limit).await
    }

    async fn count_selections(&self, customer: CustomerKey, now: Timestamp) -> StoreResult<i64> {
        selections::count(&self.pools.read().await?, customer, now).await
    }

    async fn expired_selections(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> StoreResult<Vec<(CustomerKey, SelectionId)>> {
        selections::expired(&self.pools.read().await?, now, limit).await
    }

    async fn batch(&self, customer: CustomerKey, batch: BatchKey) -> StoreResult<Option<Batch>> {
        batches::by_key(&self.pools.read().await?, customer, batch).await
    }

    async fn batch_by_id(
        &self,
        customer: CustomerKey,
        batch: &BatchId,
    ) -> StoreResult<Option<Batch>> {
        batches::by_id(&self.pools.read().await?, customer, batch).await
    }

    async fn batch_progress(
        &self,
        batches: &[(CustomerKey, BatchKey)],
    ) -> StoreResult<Vec<BatchProgress>> {
        batches::progress(&self.pools.read().await?, batches).await
    }

    async fn batch_ids(
        &self,
        customer: CustomerKey,
        batches: &[BatchKey],
    ) -> StoreResult<Vec<(BatchKey, BatchId)>> {
        batches::ids(&self.pools.read().await?, customer, batches).await
    }

    async fn list_batches(
        &self,
        customer: CustomerKey,
        before: Option<BatchKey>,
        limit: usize,
    ) -> StoreResult<Vec<Batch>> {
        batches::page(&self.pools.read().await?, customer, before, limit).await
    }

    async fn count_batches(&self, customer: CustomerKey) -> StoreResult<i64> {
        batches::count(&self.pools.read().await?, customer).await
    }

    async fn claimable_batches(
        &self,
        now: Timestamp,
        after: Option<(CustomerKey, BatchKey)>,
        limit: usize,
    ) -> StoreResult<Vec<(CustomerKey, BatchKey)>> {
        batches::claimable(&self.pools.read().await?, now, after, limit).await
    }

    async fn ended_batches(
        &self,
        until: Timestamp,
        after: Option<EndedBatch>,
        limit: usize,
    ) -> StoreResult<Vec<EndedBatch>> {
        retention::ended_batches(&self.pools.read().await?, until, after, limit).await
    }

    async fn customers_with_old_idempotency_records(
        &self,
        until: Timestamp,

        limit: usize,
    ) -> StoreResult<Vec<CustomerKey>> {
        retention::customers_with_old_idempotency_records(&self.pools.read().await?, until, limit)
            .await
    }

    async fn batch_entries(
        &self,
        customer: CustomerKey,
        batch: BatchKey,
        after_result: i64,
        limit: usize,
    ) -> StoreResult<Vec<JournalEntry>> {
        journal::of_batch(
            &self.pools.read().await?,
            customer,
            batch,
            after_result,
            limit,
        )
        .await
    }

    async fn announce(&self, batches: &[(CustomerKey, BatchKey)]) -> StoreResult<()> {
        match &self.address {
            Some(_) => notifications::announce(&self.pools.read().await?, batches).await,
            None => Ok(()),
        }
    }

    async fn listen(&self) -> StoreResult<Option<Box<dyn BatchNotifications>>> {
        let Some(address) = &self.address else {
            return Ok(None);
        };
        let listener = notifications::listen(address).await?;
        Ok(Some(Box::new(listener)))
    }

    async fn journal_span(&self, customer: CustomerKey) -> StoreResult<Option<JournalSpan>> {
        customers::journal_span(&self.pools.read().await?, customer).await
    }

    async fn old_journals(
        &self,
        until: Timestamp,
        after: Option<(Timestamp, CustomerKey)>,
        limit: usize,
    ) -> StoreResult<Vec<(Timestamp, CustomerKey)>> {
        compaction::old_journals(&self.pools.read().await?, until, after, limit).await
    }

    async fn journal(
        &self,
        customer: CustomerKey,
        after: JournalSequence,
        limit: usize,
    ) -> StoreResult<Vec<JournalEntry>> {
        journal::page(&self.pools.read().await?, customer, after, limit).await
    }
}
