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

/// The durable state. A read returns committed state only, and each read is consistent in itself.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// How many write transactions run concurrently; further ones wait.
    fn writers(&self) -> usize;

    /// Succeeds when the database answers and would accept a write.
    async fn ping(&self) -> StoreResult<()>;

    /// Stores a catalog as the version after `previous`.
    ///
    /// # Errors
    /// [`crate::StoreError::AlreadyExists`] when a concurrent import has stored that version.
    async fn save_catalog(&self, catalog: NewCatalog) -> StoreResult<CatalogVersion>;

    /// The newest catalog's version; `None` before the first import.
    async fn latest_catalog_version(&self) -> StoreResult<Option<CatalogVersion>>;

    /// A catalog by version.
    async fn catalog(&self, version: CatalogVersion) -> StoreResult<Option<Catalog>>;

    /// The keys that authenticate page tokens, newest first: at most [`crate::TOKEN_KEYS_KEPT`];
    /// empty before the first key is added.
    async fn token_keys(&self) -> StoreResult<Vec<TokenKey>>;

    /// Adds a key if `key.previous` is still the newest one, or if there is no key, and deletes the
    /// keys beyond [`crate::TOKEN_KEYS_KEPT`]. Returns the keys as [`Store::token_keys`] does, at
    /// least one: servers that add a key at the same time all get the same one.
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

    /// Customers after `after`, in ascending byte order of their identifiers.
    async fn list_customers(
        &self,
        after: Option<&CustomerId>,
        limit: usize,
    ) -> StoreResult<Vec<Customer>>;

    /// How many customers there are.
    async fn count_customers(&self) -> StoreResult<i64>;

    /// Waits for a customer's lock and takes it; `None` when the customer does not exist. Waiting
    /// transactions get the lock in approximately the order of arrival.
    async fn lock_customer(&self, key: CustomerKey) -> StoreResult<Option<Box<dyn CustomerTx>>>;

    /// Everything that a customer has, as of now; `None` when the customer does not exist.
    async fn snapshot(&self, key: CustomerKey) -> StoreResult<Option<Box<dyn Snapshot>>>;

    /// A user by identifier.
    async fn user(&self, customer: CustomerKey, id: &UserId) -> StoreResult<Option<User>>;

    /// One page of users, in the order of the query.
    async fn list_users(
        &self,
        customer: CustomerKey,
        query: &UserPageQuery,
    ) -> StoreResult<Vec<User>>;

    /// One page of these users, in the order of the query; users that do not exist are left out.
    /// Costs one lookup per user.
    async fn list_users_of(
        &self,
        customer: CustomerKey,
        users: &[UserKey],
        query: &UserPageQuery,
    ) -> StoreResult<Vec<User>>;

    /// Like [`Store::list_users`], but returns keys only. A page that is read backwards lists them
    /// in that direction.
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

    /// A range of users in directory order.
    async fn select_users(
        &self,
        customer: CustomerKey,
        query: &SelectQuery,
    ) -> StoreResult<Vec<UserKey>>;

    /// The greatest user key ever assigned; `UserKey(0)` before the first user.
    async fn last_user_key(&self, customer: CustomerKey) -> StoreResult<UserKey>;

    /// The keys of these identifiers, in the same order; `None` for an identifier that no user has.
    async fn resolve_users(
        &self,
        customer: CustomerKey,
        ids: &[UserId],
    ) -> StoreResult<Vec<Option<UserKey>>>;

    /// The state of these users, with their licenses of the relevant products, read set-based and
    /// without the customer's lock.
    async fn load_chunk(
        &self,
        customer: CustomerKey,
        selected: &[Selected],
        relevant: &RelevantProducts,
    ) -> StoreResult<LoadedChunk>;

    /// The users of a batch's frozen selection from `first_position` on, as
    /// [`CustomerTx::segments`] returns them; `None` also when the batch does not exist. A stored
    /// segment never changes.
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

    /// One page of licenses, by user in directory order, then by product.
    async fn licenses(
        &self,
        customer: CustomerKey,
        query: &LicensePageQuery,
    ) -> StoreResult<Vec<License>>;

    /// How many of `users` (`None` for all users) hold each of these products, with the
    /// entitlements to them.
    async fn count_licenses(
        &self,
        customer: CustomerKey,
        products: &[ProductKey],
        users: Option<&UserSet>,
    ) -> StoreResult<LicenseCounts>;

    /// All users who hold a product.
    async fn holders(&self, customer: CustomerKey, product: ProductKey) -> StoreResult<UserSet>;

    /// One page of waitlist entries.
    async fn waitlist(
        &self,
        customer: CustomerKey,
        query: &WaitlistQuery,
    ) -> StoreResult<Vec<WaitlistEntry>>;

    /// The number of waitlist entries: of one product or of all, of one user or of all.
    async fn count_waitlist(
        &self,
        customer: CustomerKey,
        product: Option<ProductKey>,
        user: Option<UserKey>,
    ) -> StoreResult<i64>;

    /// The waitlists of all customers that are due at `now` (see [`CustomerTx::set_waitlist_due`]),
    /// after `after`, ascending by customer and product.
    async fn due_waitlists(
        &self,
        now: Timestamp,
        after: Option<(CustomerKey, ProductKey)>,
        limit: usize,
    ) -> StoreResult<Vec<(CustomerKey, ProductKey)>>;

    /// The stored idempotency key `id`; `None` when no request has used it.
    async fn idempotency_record(
        &self,
        customer: CustomerKey,
        id: &RequestId,
    ) -> StoreResult<Option<IdempotencyRecord>>;

    /// A saved selection by identifier, also an expired one.
    async fn selection(
        &self,
        customer: CustomerKey,
        id: &SelectionId,
    ) -> StoreResult<Option<Selection>>;

    /// The users of a saved selection, as of one moment; empty when the selection does not exist.
    async fn selection_users(
        &self,
        customer: CustomerKey,
        selection: SelectionKey,
    ) -> StoreResult<UserSet>;

    /// A customer's selections that have not expired at `now`, older than `before`, newest first.
    async fn list_selections(
        &self,
        customer: CustomerKey,
        now: Timestamp,
        before: Option<SelectionKey>,
        limit: usize,
    ) -> StoreResult<Vec<Selection>>;

    /// The number of a customer's selections that have not expired at `now`.
    async fn count_selections(&self, customer: CustomerKey, now: Timestamp) -> StoreResult<i64>;

    /// Selections of all customers that have expired at `now`, the earliest expiry first.
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

    /// The progress of these batches, of any customers, ascending by keys; batches that do not
    /// exist are left out. Takes one statement for any number of batches.
    async fn batch_progress(
        &self,
        batches: &[(CustomerKey, BatchKey)],
    ) -> StoreResult<Vec<BatchProgress>>;

    /// The identifiers of these batches, ascending by key; batches that do not exist are left out.
    async fn batch_ids(
        &self,
        customer: CustomerKey,
        batches: &[BatchKey],
    ) -> StoreResult<Vec<(BatchKey, BatchId)>>;

    /// A customer's accepted batches older than `before`, newest first.
    async fn list_batches(
        &self,
        customer: CustomerKey,
        before: Option<BatchKey>,
        limit: usize,
    ) -> StoreResult<Vec<Batch>>;

    /// How many accepted batches a customer has.
    async fn count_batches(&self, customer: CustomerKey) -> StoreResult<i64>;

    /// Batches of all customers in state Preparing or Running without a valid lease at `now`, after
    /// `after`, ascending by customer and batch.
    async fn claimable_batches(
        &self,
        now: Timestamp,
        after: Option<(CustomerKey, BatchKey)>,
        limit: usize,
    ) -> StoreResult<Vec<(CustomerKey, BatchKey)>>;

    /// Batches of all customers that ended at `until` or earlier, after `after`, ascending.
    /// Includes batches whose removal [`CustomerTx::remove_batch`] has begun: no other read returns
    /// these.
    async fn ended_batches(
        &self,
        until: Timestamp,
        after: Option<EndedBatch>,
        limit: usize,
    ) -> StoreResult<Vec<EndedBatch>>;

    /// The customers of the oldest `limit` request ids, among those that led to a journal entry and
    /// were first used at `until` or earlier. Each customer once, ascending.
    async fn customers_with_old_idempotency_records(
        &self,
        until: Timestamp,
        limit: usize,
    ) -> StoreResult<Vec<CustomerKey>>;

    /// A batch's journal entries with results after sequence number `after_result`, in order; the
    /// first entry may begin at or before it.
    async fn batch_entries(
        &self,
        customer: CustomerKey,
        batch: BatchKey,
        after_result: i64,
        limit: usize,
    ) -> StoreResult<Vec<JournalEntry>>;

    /// Notifies all servers that share the database that these batches have new results. Delivery
    /// is best effort; where [`Store::listen`] returns `None` this does nothing.
    async fn announce(&self, _batches: &[(CustomerKey, BatchKey)]) -> StoreResult<()> {
        Ok(())
    }

    /// Subscribes to the notifications of all servers; `None` where no other server can share the
    /// database. Notifications can be lost, so a subscriber must also poll.
    async fn listen(&self) -> StoreResult<Option<Box<dyn BatchNotifications>>> {
        Ok(None)
    }

    /// Where a customer's journal begins and ends; `None` when there is no such customer.
    async fn journal_span(&self, customer: CustomerKey) -> StoreResult<Option<JournalSpan>>;

    /// Customers whose journal begins with an entry written at `until` or earlier, after `after`,
    /// ascending by that time.
    async fn old_journals(
        &self,
        until: Timestamp,
        after: Option<(Timestamp, CustomerKey)>,
        limit: usize,
    ) -> StoreResult<Vec<(Timestamp, CustomerKey)>>;

    /// A customer's journal entries after a position, in order. Returns fewer than `limit` where
    /// entries are large, but at least one if any exists.
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
    /// The last entry that compaction removed; zero when none was removed. The first stored entry
    /// comes after it.
    pub checkpoint: JournalSequence,
    /// The last entry.
    pub last: JournalSequence,
}

/// A catalog to be stored.
#[derive(Debug, Clone)]
pub struct NewCatalog {
    /// The version that the import was based on; `None` for the first catalog.
    pub previous: Option<CatalogVersion>,
    /// The catalog's content.
    pub catalog: Catalog,
    /// The principal who imports it.
    pub principal: Principal,
    /// The time of the import.
    pub time: Timestamp,
}

/// A customer to be created.
#[derive(Debug, Clone)]
pub struct NewCustomer {
    /// The identifier that the caller chose.
    pub id: CustomerId,
    /// A name for display; not unique.
    pub display_name: String,
    /// The principal who creates it.
    pub principal: Principal,
    /// The creation time.
    pub time: Timestamp,
}
