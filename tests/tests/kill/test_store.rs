use std::sync::Arc;

use seatkeeper_tests::{Connection, Database, Fixture, Launch, Server, Storage, import_catalog};

use crate::ledger::Ledger;

/// Number of users per customer.
pub(crate) const USERS: usize = 240;
/// Initial seats per product: fewer than users, so that they run out.
const SEATS: i64 = 150;
/// Short leases and small segments, so that a short run of a server has many events.
const PACE: [&str; 8] = [
    "--lease-milliseconds",
    "400",
    "--recovery-milliseconds",
    "60",
    "--segment-users",
    "8",
    "--freeze-segments",
    "10",
];

/// Two customers on a storage that outlives its servers, and all responses that callers received.
pub(crate) struct TestStore {
    pub(crate) storage: Arc<Storage>,
    pub(crate) customers: Vec<String>,
    pub(crate) ledger: Arc<Ledger>,
    launch: Launch,
}

impl TestStore {
    /// Populates a storage. `change` configures all servers except the one that populates the
    /// storage.
    pub(crate) async fn populate(
        database: Database,
        change: impl FnOnce(Launch) -> Launch,
    ) -> Self {
        Self::populate_on(Storage::create(database), change).await
    }

    /// Populates a storage for servers with the shortest retention.
    pub(crate) async fn populate_with_short_retention(
        database: Database,
        change: impl FnOnce(Launch) -> Launch,
    ) -> Self {
        let test_store = Self::populate(database, |launch| {
            change(launch)
                .with("SEATKEEPER_BATCH_RETENTION", "1s")
                .with("SEATKEEPER_JOURNAL_RETENTION", "1s")
                .with("SEATKEEPER_RETENTION_INTERVAL", "1s")
        });
        Self {
            ledger: Arc::new(Ledger::short_retention()),
            ..test_store.await
        }
    }

    /// Populates an empty storage that the test provides.
    pub(crate) async fn populate_on(
        storage: Storage,
        change: impl FnOnce(Launch) -> Launch,
    ) -> Self {
        let storage = Arc::new(storage);
        let launch = Launch::with_fault_injection(&PACE);
        let server = Server::start_on(Arc::clone(&storage), launch.clone());
        import_catalog(&Connection::open(server.url()).await).await;
        let mut customers = Vec::new();
        for _ in 0..2 {
            let fixture = Fixture::on(&server).await;
            fixture.add_users(USERS).await;
            for product in ["suite", "lite", "addon"] {
                fixture.buy(product, SEATS).await;
            }
            customers.push(fixture.customer);
        }
        Self {
            storage,
            customers,
            ledger: Arc::default(),
            launch: change(launch),
        }
    }

    pub(crate) fn start(&self) -> Server {
        self.start_with(|launch| launch)
    }

    /// Starts a server with further settings.
    pub(crate) fn start_with(&self, change: impl FnOnce(Launch) -> Launch) -> Server {
        Server::start_on(Arc::clone(&self.storage), change(self.launch.clone()))
    }

    /// The customers on a server; `None` when the server is unreachable.
    pub(crate) async fn fixtures(&self, url: &str) -> Option<Vec<Fixture>> {
        fixtures(&self.customers, url).await
    }
}

/// These customers on a server; `None` when the server is unreachable.
pub(crate) async fn fixtures(customers: &[String], url: &str) -> Option<Vec<Fixture>> {
    let connection = Connection::try_open(url).await?;
    let fixture = |customer: &String| Fixture {
        connection: connection.clone(),
        url: url.to_owned(),
        customer: customer.clone(),
    };
    Some(customers.iter().map(fixture).collect())
}
