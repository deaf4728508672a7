use tempfile::TempDir;

use seatkeeper_testkit::{PostgresCluster, TestDatabase};

use crate::Error;
use crate::options::DatabaseKind;
use crate::server::target_directory;

/// A database that lives as long as the value.
pub(crate) enum Database {
    Sqlite(TempDir),
    Postgres {
        database: TestDatabase,
        cluster: Box<PostgresCluster>,
    },
}

impl Database {
    pub(crate) fn create(kind: DatabaseKind) -> Result<Self, Error> {
        match kind {
            DatabaseKind::Sqlite => Ok(Self::Sqlite(tempfile::tempdir_in(target_directory()?)?)),
            // A cluster that flushes its log like one in production.
            DatabaseKind::Postgres => {
                let cluster = PostgresCluster::builder().durable().start()?;
                let database = cluster.create_database()?;
                Ok(Self::Postgres {
                    database,
                    cluster: Box::new(cluster),
                })
            }
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres { .. } => "PostgreSQL",
        }
    }

    /// What tells a server to use it.
    pub(crate) fn arguments(&self) -> [String; 2] {
        match self {
            Self::Sqlite(directory) => [
                "--data-dir".to_owned(),
                directory.path().display().to_string(),
            ],
            Self::Postgres { database, .. } => ["--database-url".to_owned(), database.url()],
        }
    }
}
