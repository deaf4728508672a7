use std::sync::Arc;

use seatkeeper_tests::{Connection, Database, Launch, Scene, Server, Storage, import_catalog};

use crate::ledger::Ledger;

/// Users of each customer.
pub(crate) const USERS: usize = 240;
/// Seats bought in the beginning, of each product: fewer than users, so that they run out.
const SEATS: i64 = 150;
/// Leases are short and segments small, so that a short life of a server is full of events.
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

/// Two customers on a storage that outlives its servers, and what was told of them.
pub(crate) struct Stage {
    pub(crate) storage: Arc<Storage>,
    pub(crate) customers: Vec<String>,
    pub(crate) ledger: Arc<Ledger>,
    launch: Launch,
}

impl Stage {
    /// Furnishes a storage. `launch` is changed as the caller wants it for all servers but the
    /// one that furnishes.
    pub(crate) async fn furnish(database: Database, change: impl FnOnce(Launch) -> Launch) -> Self {
        Self::furnish_on(Storage::create(database), change).await
    }

    /// The same with servers that keep hardly anything that is over.
    pub(crate) async fn furnish_forgetful(
        database: Database,
        change: impl FnOnce(Launch) -> Launch,
    ) -> Self {
        let stage = Self::furnish(database, |launch| {
            change(launch)
                .with("SEATKEEPER_BATCH_RETENTION", "1s")
                .with("SEATKEEPER_JOURNAL_RETENTION", "1s")
                .with("SEATKEEPER_UPKEEP_INTERVAL", "1s")
        });
        Self {
            ledger: Arc::new(Ledger::forgetful()),
            ..stage.await
        }
    }

    /// The same on a storage of the test's own, which is empty.
    pub(crate) async fn furnish_on(
        storage: Storage,
        change: impl FnOnce(Launch) -> Launch,
    ) -> Self {
        let storage = Arc::new(storage);
        let launch = Launch::faulty(&PACE);
        let server = Server::start_on(Arc::clone(&storage), launch.clone());
        import_catalog(&Connection::open(server.url()).await).await;
        let mut customers = Vec::new();
        for _ in 0..2 {
            let scene = Scene::on(&server).await;
            scene.add_users(USERS).await;
            for product in ["suite", "lite", "addon"] {
                scene.buy(product, SEATS).await;
            }
            customers.push(scene.customer);
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

    /// The customers on a server; `None` when it does not answer any more.
    pub(crate) async fn scenes(&self, url: &str) -> Option<Vec<Scene>> {
        scenes(&self.customers, url).await
    }
}

/// These customers on a server; `None` when it does not answer any more.
pub(crate) async fn scenes(customers: &[String], url: &str) -> Option<Vec<Scene>> {
    let connection = Connection::try_open(url).await?;
    let scene = |customer: &String| Scene {
        connection: connection.clone(),
        url: url.to_owned(),
        customer: customer.clone(),
    };
    Some(customers.iter().map(scene).collect())
}
