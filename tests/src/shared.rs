use tokio::sync::OnceCell;

use crate::{Connection, Database, Fixture, OwnServer, Server, Storage, import_catalog};

/// What a test on each database begins with.
pub trait SetUp: Sized {
    /// Sets it up.
    fn set_up(database: Database) -> impl Future<Output = Self>;

    /// The identifier of the customer that it has on the shared server, if it has one.
    fn shared_customer(&self) -> Option<&str> {
        None
    }
}

/// Runs a test on a database, once that is set up which the test takes, and verifies what it
/// leaves on the shared server. A storage of its own is verified when it is dropped.
pub async fn run<T: SetUp, F: Future<Output = ()>>(database: Database, test: impl FnOnce(T) -> F) {
    let subject = T::set_up(database).await;
    let customer = subject.shared_customer().map(str::to_owned);
    test(subject).await;
    if let Some(customer) = customer {
        shared(database).await.storage().verify_customer(&customer);
    }
}

impl SetUp for Database {
    async fn set_up(database: Database) -> Self {
        database
    }
}

impl SetUp for Fixture {
    async fn set_up(database: Database) -> Self {
        Self::on(shared(database).await).await
    }

    fn shared_customer(&self) -> Option<&str> {
        Some(self.customer_id())
    }
}

impl SetUp for OwnServer {
    async fn set_up(database: Database) -> Self {
        Self::start(Storage::create(database)).await
    }
}

/// The one server on that database for all tests of this process that leave their server alone.
/// It has the small catalog.
pub(crate) async fn shared(database: Database) -> &'static Server {
    static SQLITE: OnceCell<Server> = OnceCell::const_new();
    static POSTGRES: OnceCell<Server> = OnceCell::const_new();

    let cell = match database {
        Database::Sqlite => &SQLITE,
        Database::Postgres => &POSTGRES,
    };
    let start = || async {
        let server = Server::start(Storage::create(database));
        import_catalog(&Connection::open(server.url()).await).await;
        server
    };
    cell.get_or_init(start).await
}
