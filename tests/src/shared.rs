use tokio::sync::OnceCell;

use crate::{Connection, Database, Fixture, OwnServer, Server, Storage, import_catalog};

/// A fixture that a test on each database starts from.
pub trait SetUp: Sized {
    /// Prepares the fixture on a database.
    fn set_up(database: Database) -> impl Future<Output = Self>;

    /// The identifier of the fixture's customer on the shared server; `None` without such a
    /// customer.
    fn shared_customer(&self) -> Option<&str> {
        None
    }
}

/// Prepares the fixture, runs a test on a database, and verifies the fixture's customer on the
/// shared server. A storage of the test's own is verified when it is dropped.
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

/// The server of one database that all tests of this process share, with the small catalog. Tests
/// that kill, stop or configure a server start their own.
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
