//! The composition root: a database, an engine over it, and a server over that.

use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use seatkeeper_engine::{Engine, EngineConfig};
use seatkeeper_server::{ServerConfig, bind, serve};
use seatkeeper_store::{PostgresOptions, SqlStore, SqliteOptions, Store};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::CliError;

/// Where a server keeps everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Database {
    /// An embedded database in a directory, which is created.
    Embedded(PathBuf),
    /// A PostgreSQL database, by URL.
    Postgres(DatabaseUrl),
}

/// Where a PostgreSQL database is. It is never shown, as it may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct DatabaseUrl(String);

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

/// What is wrong with a URL is said when it is used: the parser of the command line would repeat it.
impl FromStr for DatabaseUrl {
    type Err = Infallible;

    fn from_str(url: &str) -> Result<Self, Infallible> {
        Ok(Self(url.to_owned()))
    }
}

/// How long a server that ends waits for its database: what was committed is safe without.
const DATABASE_CLOSING_GRACE: Duration = Duration::from_secs(2);

/// A server that has its database and its address, and is about to serve.
pub(crate) struct App {
    store: Arc<SqlStore>,
    engine: Engine,
    config: ServerConfig,
    listener: TcpListener,
    address: SocketAddr,
}

impl App {
    /// Opens the database and takes the address; port 0 takes any that is free.
    pub(crate) async fn open(
        database: &Database,
        listen: SocketAddr,
        config: ServerConfig,
        engine: EngineConfig,
    ) -> Result<Self, CliError> {
        let listener = bind(listen, &config).await?;
        let address = listener.local_addr().map_err(CliError::Listener)?;
        let store = database.open(engine.limits.lease).await?;
        let engine = Engine::new(Arc::clone(&store) as Arc<dyn Store>, engine);
        Ok(Self {
            store,
            engine,
            config,
            listener,
            address,
        })
    }

    /// Where clients reach it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves until `shutdown` is there, drains, and closes the database.
    pub(crate) async fn run(
        self,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), CliError> {
        self.engine.start();
        let served = serve(self.engine, self.config, self.listener, shutdown).await;
        close(&self.store).await;
        Ok(served?)
    }
}

async fn close(store: &SqlStore) {
    match timeout(DATABASE_CLOSING_GRACE, store.close()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "the database was not closed in good order");
        }
        Err(_) => tracing::warn!("the database is busy; it was not closed in good order"),
    }
}

impl Database {
    /// The one at the URL, where there is a URL, or else the one in the directory.
    pub(crate) fn of(url: Option<DatabaseUrl>, directory: PathBuf) -> Self {
        match url {
            Some(url) => Self::Postgres(url),
            None => Self::Embedded(directory),
        }
    }

    /// Opens it only to read, whoever else has it open.
    pub(crate) async fn open_to_read(&self) -> Result<Arc<dyn Store>, CliError> {
        let store = match self {
            Self::Embedded(path) => SqlStore::read_sqlite(path, SqliteOptions::default()).await?,
            Self::Postgres(url) => {
                SqlStore::read_postgres(&url.0, PostgresOptions::default()).await?
            }
        };
        Ok(Arc::new(store))
    }

    /// Opens it for a server that others take for dead when it is silent for as long as a lease.
    async fn open(&self, lease: Duration) -> Result<Arc<SqlStore>, CliError> {
        let store = match self {
            Self::Embedded(directory) => {
                SqlStore::open_sqlite(directory, SqliteOptions::default()).await?
            }
            Self::Postgres(url) => {
                let options = PostgresOptions {
                    silent_transaction_max: lease,
                    ..PostgresOptions::default()
                };
                SqlStore::open_postgres(&url.0, options).await?
            }
        };
        Ok(Arc::new(store))
    }
}
