//! The database that a command opens.

use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use seatkeeper_store::{PostgresOptions, SqlStore, SqliteOptions, Store};
use tokio::time::timeout;

use crate::CliError;

/// The database that a server uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Database {
    /// An embedded database in a directory; the directory is created if it is missing.
    Embedded(PathBuf),
    /// A PostgreSQL database, by URL.
    Postgres(DatabaseUrl),
}

/// URL of a PostgreSQL database. `Debug` hides it because it may contain a password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct DatabaseUrl(String);

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

/// Parsing accepts any text. An invalid URL is reported when it is used, because the parser of the
/// command line would repeat the text, password included.
impl FromStr for DatabaseUrl {
    type Err = Infallible;

    fn from_str(url: &str) -> Result<Self, Infallible> {
        Ok(Self(url.to_owned()))
    }
}

/// Timeout for closing the database at shutdown. Committed data is safe without a clean close.
const DATABASE_CLOSING_GRACE: Duration = Duration::from_secs(2);

/// Closes the database of a server.
pub(crate) async fn close(store: &SqlStore) {
    match timeout(DATABASE_CLOSING_GRACE, store.close()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(
                error,
                "the database did not close cleanly; committed data is safe"
            );
        }
        Err(_) => tracing::warn!("the database is busy; it was not closed in good order"),
    }
}

impl Database {
    /// The database at `url` if there is one, else the embedded database in `directory`.
    pub(crate) fn of(url: Option<DatabaseUrl>, directory: PathBuf) -> Self {
        match url {
            Some(url) => Self::Postgres(url),
            None => Self::Embedded(directory),
        }
    }

    /// Opens the database read-only, also while another process has it open.
    pub(crate) async fn open_to_read(&self) -> Result<Arc<dyn Store>, CliError> {
        let store = match self {
            Self::Embedded(path) => SqlStore::read_sqlite(path, SqliteOptions::default()).await?,
            Self::Postgres(url) => {
                SqlStore::read_postgres(&url.0, PostgresOptions::default()).await?
            }
        };
        Ok(Arc::new(store))
    }

    /// Opens the database for a server with this lease. PostgreSQL ends a transaction that is
    /// silent for longer than the lease, because other servers then consider this server dead.
    pub(crate) async fn open(&self, lease: Duration) -> Result<Arc<SqlStore>, CliError> {
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
