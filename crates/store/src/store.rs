use async_trait::async_trait;
use seatkeeper_domain::{
    BatchId, BatchKey, Catalog, CatalogVersion, Customer, CustomerId, CustomerKey, Entitlement,
    JournalEntry, JournalSequence, License, Principal, ProductKey, RelevantProducts, RequestId,
    Selection, SelectionId, SelectionKey, Timestamp, User, UserFilter, UserId, UserKey, UserSet,
    WaitlistEntry,
};

use crate::{
    Batch, BatchNotifications, BatchProgress, CustomerTx, EndedBatch, IdempotencyRecord,
    LicenseCounts, LicensePageQuery, LoadedChunk, NewTokenKey, SelectQuery, Selected, Snapshot,
    StoreResult, TokenKey, UserKeysPage, UserPageQuery, WaitlistQuery,
};

/// Everything durable. Reads see what is committed; each read is consistent in itself.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// How many transactions that write are carried out side by side; more wait for one another.
    fn writers(&self) -> usize;

    /// Whether the database answers and would accept a write.
    async fn ping(&self) -> StoreResult<()>;

    /// Stores a catalog as the version after `previous`.
    ///
    /// # Errors
    /// [`crate::StoreError::AlreadyExists`] when another import came first.
    async fn save_catalog(&self, catalog: NewCatalog) -> StoreResult<CatalogVersion>;

    /// The newest catalog's version; `None` before the first import.
    async fn latest_catalog_version(&self) -> StoreResult<Option<CatalogVersion>>;

    /// A catalog by version.
    async fn catalog(&self, version: CatalogVersion) -> StoreResult<Option<Catalog>>;

    /// The keys that authenticate page tokens, newest first: at most
    /// [`crate::TOKEN_KEYS_KEPT`], none before the first one was added.
    async fn token_keys(&self) -> StoreResult<Vec<TokenKey>>;

    /// Adds a key if the newest is still `key.previous`, or if there is none, and deletes those
    /// that are then no longer kept. Returns the keys as [`Store::token_keys`] does, at least one,
    /// so that servers that add a key at the same time all get the same one.
    async fn add_token_key(&self, key: NewTokenKey) -> StoreResult<Vec<TokenKey>>;

    /// Creates a customer and journals it as its first entry.
    ///
    /// # Errors
    /// [`crate::StoreError::AlreadyExists`] when the identifier is taken.
    async fn create_customer(&self, customer: NewCustomer) -> StoreResult<Customer>;

    /// A customer by identifier.
    async fn customer(&self, id: &CustomerId) -> StoreResult<Option<Customer>>;

    /// A customer by key.
    async fn customer_by_key(&self, key: CustomerKey) -> StoreResult<Option<Customer>>;

    /// Customers in ascending byte order of their identifiers, after the one named.
    async fn list_customers(
        &self,
        after: Option<&CustomerId>,
        limit: usize,
    ) -> StoreResult<Vec<Customer>>;

    /// How many customers there are.
    async fn count_customers(&self) -> StoreResult<i64>;

    /// Takes a customer's lock, waiting for whoever holds it; `None` when there is no such
    /// customer. Waiters are served in about the order they came.
    async fn lock_customer(&self, key: CustomerKey) -> StoreResult<Option<Box<dyn CustomerTx>>>;

    /// Everything a customer has, as of now; `None` when there is no such customer.
    async fn snapshot(&self, key: CustomerKey) -> StoreResult<Option<Box<dyn Snapshot>>>;

    /// A user by identifier.
    async fn user(&self, customer: CustomerKey, id: &UserId) -> StoreResult<Option<User>>;

    /// One page of users, in the order asked for.
    async fn list_users(
        &self,
        customer: CustomerKey,
        query: &UserPageQuery,
    ) -> StoreResult<Vec<User>>;

    /// One page of these users, in the order asked for; those who do not exist are left out.
    /// Costs a look-up for each of them.
    async fn list_users_of(
        &self,
        customer: CustomerKey,
        users: &[UserKey],
        query: &UserPageQuery,
    ) -> StoreResult<Vec<User>>;

    /// As [`Store::list_users`], keys alone, in the direction in which the page is read.
    async fn list_user_keys(
        &self,
        customer: CustomerKey,
        query: &UserPageQuery,
    ) -> StoreResult<UserKeysPage>;

    /// How many users were ever deleted.
    async fn count_deleted_users(&self, customer: CustomerKey) -> StoreResult<i64>;

    /// How many users match.
    async fn count_users(
        &self,
        customer: CustomerKey,
        filter: Option<&UserFilter>,
    ) -> StoreResult<i64>;

    /// A stretch of users in directory order.
    async fn select_users(
        &self,
        customer: CustomerKey,
        query: &SelectQuery,
    ) -> StoreResult<Vec<UserKey>>;

    /// The greatest user key ever given out; `UserKey(0)` when there was none.
    async fn last_user_key(&self, customer: CustomerKey) -> StoreResult<UserKey>;

    /// The keys under these identifiers, in order; `None` where there is none.
    async fn resolve_users(
        &self,
        customer: CustomerKey,
        ids: &[UserId],
    ) -> StoreResult<Vec<Option<UserKey>>>;

    /// The state of these users, set-based, with what they hold of the relevant products, without
    /// taking the customer's lock.
    async fn load_chunk(
        &self,
        customer: CustomerKey,
        selected: &[Selected],
        relevant: &RelevantProducts,
    ) -> StoreResult<LoadedChunk>;

    /// The users of a batch's frozen selection from `first_position` on, as
    /// [`CustomerTx::segments`] reads them; `None` also when there is no such batch. Segments
    /// never change once they are there.
    async fn segments(
        &self,
        customer: CustomerKey,
        batch: BatchKey,
        first_position: i64,
        segments_max: usize,
    ) -> StoreResult<Option<Vec<Selected>>>;

    /// The customer's entitlements, ascending by product; `None` for all products.
    async fn entitlements(
        &self,
        customer: CustomerKey,
        products: Option<&[ProductKey]>,
    ) -> StoreResult<Vec<Entitlement>>;

    /// One page of licenses.
    async fn licenses(
        &self,
        customer: CustomerKey,
        query: &LicensePageQuery,
    ) -> StoreResult<Vec<License>>;

    /// How many of `users`, or of all where it is `None`, hold these products, with the seats.
    async fn count_licenses(
        &self,
        customer: CustomerKey,
        products: &[ProductKey],
        users: Option<&UserSet>,
    ) -> StoreResult<LicenseCounts>;

    /// Everyone who holds a product.
    async fn holders(&self, customer: CustomerKey, product: ProductKey) -> StoreResult<UserSet>;

    /// One page of those who wait.
    async fn waitlist(
        &self,
        customer: CustomerKey,
        query: &WaitlistQuery,
    ) -> StoreResult<Vec<WaitlistEntry>>;

    /// How many entries the waitlists have: of one product or of all, of one user or of everyone.
    async fn count_waitlist(
        &self,
        customer: CustomerKey,
        product: Option<ProductKey>,
        user: Option<UserKey>,
    ) -> StoreResult<i64>;

    /// The waitlists of any customer that are due at `now`, as
    /// [`CustomerTx::set_waitlist_due`] says, in ascending order of customer and product, after
    /// the one named.
    async fn due_waitlists(
        &self,
        now: Timestamp,
        after: Option<(CustomerKey, ProductKey)>,
        limit: usize,
    ) -> StoreResult<Vec<(CustomerKey, ProductKey)>>;

    /// What a request id was used for.
    async fn idempotency_record(
        &self,
        customer: CustomerKey,
        id: &RequestId,
    ) -> StoreResult<Option<IdempotencyRecord>>;

    /// A saved selection by identifier, whether it has expired or not.
    async fn selection(
        &self,
        customer: CustomerKey,
        id: &SelectionId,
    ) -> StoreResult<Option<Selection>>;

    /// The users of a saved selection, as of one moment; none when there is no such selection.
    async fn selection_users(
        &self,
        customer: CustomerKey,
        selection: SelectionKey,
    ) -> StoreResult<UserSet>;

    /// A customer's selections that live at `now`, newest first, older than the one named.
    async fn list_selections(
        &self,
        customer: CustomerKey,
        now: Timestamp,
        before: Option<SelectionKey>,
        limit: usize,
    ) -> StoreResult<Vec<Selection>>;

    /// How many selections of a customer live at `now`.
    async fn count_selections(&self, customer: CustomerKey, now: Timestamp) -> StoreResult<i64>;

    /// Selections of any customer that have expired at `now`, the longest expired first.
    async fn expired_selections(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> StoreResult<Vec<(CustomerKey, SelectionId)>>;

    /// A batch by key.
    async fn batch(&self, customer: CustomerKey, batch: BatchKey) -> StoreResult<Option<Batch>>;

    /// A batch by identifier.
    async fn batch_by_id(
        &self,
        customer: CustomerKey,
        batch: &BatchId,
    ) -> StoreResult<Option<Batch>>;

    /// How far those of these batches are that exist, of any customers, ascending by keys. One
    /// statement, however many they are.
    async fn batch_progress(
        &self,
        batches: &[(CustomerKey, BatchKey)],
    ) -> StoreResult<Vec<BatchProgress>>;

    /// The identifiers of those of these batches that exist, ascending by key.
    async fn batch_ids(
        &self,
        customer: CustomerKey,
        batches: &[BatchKey],
    ) -> StoreResult<Vec<(BatchKey, BatchId)>>;

    /// A customer's accepted batches, newest first, older than the one named.
    async fn list_batches(
        &self,
        customer: CustomerKey,
        before: Option<BatchKey>,
        limit: usize,
    ) -> StoreResult<Vec<Batch>>;

    /// How many accepted batches a customer has.
    async fn count_batches(&self, customer: CustomerKey) -> StoreResult<i64>;

    /// Batches of any customer in state Preparing or Running whose lease nobody holds at `now`,
    /// in ascending order of customer and batch, after the one named.
    async fn claimable_batches(
        &self,
        now: Timestamp,
        after: Option<(CustomerKey, BatchKey)>,
        limit: usize,
    ) -> StoreResult<Vec<(CustomerKey, BatchKey)>>;

    /// Batches of any customer that ended at `until` or earlier, in ascending order, after the one
    /// named; also those that [`CustomerTx::remove_batch`] has begun to remove, and nothing else
    /// shows any more.
    async fn ended_batches(
        &self,
        until: Timestamp,
        after: Option<EndedBatch>,
        limit: usize,
    ) -> StoreResult<Vec<EndedBatch>>;

    /// Whose the oldest `limit` request ids are, of those that led to a journal entry and were used
    /// first at `until` or earlier: each customer once, ascending.
    async fn customers_with_old_idempotency_records(
        &self,
        until: Timestamp,
        limit: usize,
    ) -> StoreResult<Vec<CustomerKey>>;

    /// The journal entries of a batch that hold results after sequence number `after_result`, in
    /// order; the first may begin at or before it.
    async fn batch_entries(
        &self,
        customer: CustomerKey,
        batch: BatchKey,
        after_result: i64,
        limit: usize,
    ) -> StoreResult<Vec<JournalEntry>>;

    /// Notifies every server that shares the database that these batches have new results. At best: where
    /// [`Store::listen`] answers with `None` nobody is told.
    async fn announce(&self, _batches: &[(CustomerKey, BatchKey)]) -> StoreResult<()> {
        Ok(())
    }

    /// Listens to what servers announce; `None` where no other can share the database. Whoever
    /// waits for something has to look for it from time to time in any case.
    async fn listen(&self) -> StoreResult<Option<Box<dyn BatchNotifications>>> {
        Ok(None)
    }

    /// Where a customer's journal begins and ends; `None` when there is no such customer.
    async fn journal_span(&self, customer: CustomerKey) -> StoreResult<Option<JournalSpan>>;

    /// Customers whose journals begin with an entry of `until` or earlier, in the order of those
    /// times, after the one named.
    async fn old_journals(
        &self,
        until: Timestamp,
        after: Option<(Timestamp, CustomerKey)>,
        limit: usize,
    ) -> StoreResult<Vec<(Timestamp, CustomerKey)>>;

    /// A customer's journal entries after a position, in order. Where entries are large there may be
    /// fewer than `limit`, but never none while there are some.
    async fn journal(
        &self,
        customer: CustomerKey,
        after: JournalSequence,
        limit: usize,
    ) -> StoreResult<Vec<JournalEntry>>;
}

/// Where a customer's journal begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalSpan {
    /// The last entry that was removed; zero when none was. The first that is left comes after it.
    pub checkpoint: JournalSequence,
    /// The last entry.
    pub last: JournalSequence,
}

/// A catalog to be stored.
#[derive(Debug, Clone)]
pub struct NewCatalog {
    /// The version it was made from; `None` for the first.
    pub previous: Option<CatalogVersion>,
    /// Its content.
    pub catalog: Catalog,
    /// Who imported it.
    pub principal: Principal,
    /// When.
    pub time: Timestamp,
}

/// A customer to be created.
#[derive(Debug, Clone)]
pub struct NewCustomer {
    /// The caller's identifier.
    pub id: CustomerId,
    /// For people.
    pub display_name: String,
    /// Who creates it.
    pub principal: Principal,
    /// When.
    pub time: Timestamp,
}
