use std::sync::Arc;

use seatkeeper_domain::{BuyMoreTemplate, Customer, CustomerId, Product};
use seatkeeper_store::{CustomerTx, Store};
use tokio::sync::Notify;

use crate::batch::Batches;
use crate::catalogs::Catalogs;
use crate::journal::JournalNotifier;
use crate::licenses::GroupCommit;
use crate::tasks::Tasks;
use crate::token_keys::TokenKeyCache;
use crate::{Clock, EngineError, EngineResult, IdSource, Limits, RandomIds, Resource, SystemClock};

/// The configuration of an engine.
#[derive(Clone)]
pub struct EngineConfig {
    /// The limits.
    pub limits: Limits,
    /// The source of the current time.
    pub clock: Arc<dyn Clock>,
    /// The source of new identifiers.
    pub ids: Arc<dyn IdSource>,
    /// The name under which this server process holds leases; unique among all servers of a
    /// database.
    pub owner: String,
    /// The template of the URI where more seats can be bought; absent if callers get no URI.
    pub buy_more: Option<BuyMoreTemplate>,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
            owner: RandomIds.random().to_string(),
            buy_more: None,
        }
    }
}

/// All use cases. Cloning is cheap; clones share all state.
#[derive(Clone)]
pub struct Engine {
    pub(crate) core: Arc<Core>,
}

/// The state that clones share. It is data only: use cases, tasks and transactions hold an
/// [`Engine`].
pub(crate) struct Core {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) limits: Limits,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) owner: String,
    pub(crate) buy_more: Option<BuyMoreTemplate>,
    pub(crate) catalogs: Catalogs,
    pub(crate) batches: Batches,
    pub(crate) tasks: Tasks,
    /// Notified when a queue has seats for more users than one transaction fulfils.
    pub(crate) queues_due: Notify,
    pub(crate) journal_notifier: JournalNotifier,
    /// Calls for single users that wait for a group commit.
    pub(crate) group_commit: GroupCommit,
    pub(crate) token_keys: TokenKeyCache,
}

impl Engine {
    /// An engine over a store. No background job runs before [`Engine::start`].
    #[must_use]
    pub fn new(store: Arc<dyn Store>, config: EngineConfig) -> Self {
        let batches = Batches::new(&config.limits, store.writers());
        Self {
            core: Arc::new(Core {
                store,
                limits: config.limits,
                clock: config.clock,
                ids: config.ids,
                owner: config.owner,
                buy_more: config.buy_more,
                catalogs: Catalogs::default(),
                batches,
                tasks: Tasks::default(),
                queues_due: Notify::new(),
                journal_notifier: JournalNotifier::default(),
                group_commit: GroupCommit::default(),
                token_keys: TokenKeyCache::default(),
            }),
        }
    }

    /// Checks that the database responds.
    pub async fn ping(&self) -> EngineResult<()> {
        Ok(self.core.store.ping().await?)
    }

    /// The current time by the engine's clock.
    #[must_use]
    pub fn now(&self) -> seatkeeper_domain::Timestamp {
        self.core.clock.now()
    }

    /// The engine's limits.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.core.limits
    }

    /// The URI where more seats of a product can be bought. `None` when `available` is positive,
    /// the product is retired, or no template is configured.
    #[must_use]
    pub fn buy_more_uri(
        &self,
        customer: &CustomerId,
        product: &Product,
        available: i64,
    ) -> Option<String> {
        let template = self.core.buy_more.as_ref()?;
        (available <= 0 && !product.retired).then(|| template.uri(customer, product))
    }

    pub(crate) async fn find_customer(&self, id: &CustomerId) -> EngineResult<Customer> {
        let found = self.core.store.customer(id).await?;
        found.ok_or_else(|| EngineError::NotFound(Resource::customer(id)))
    }
}

/// Rejects the request when the caller's etag is not the resource's current revision.
pub(crate) fn check_revision(
    expected: Option<i64>,
    current: i64,
    resource: impl FnOnce() -> Resource,
) -> EngineResult<()> {
    match expected {
        Some(expected) if expected != current => Err(EngineError::EtagMismatch(resource())),
        _ => Ok(()),
    }
}

/// The identifier of the customer that a transaction has locked.
pub(crate) fn customer_id(tx: &dyn CustomerTx) -> CustomerId {
    tx.customer().id.clone()
}
