use std::ffi::OsString;

use seatkeeper_testkit::{PostgresCluster, TestDatabase};

use crate::{Database, Scratch};

/// The data of a server. It outlives the server, so that another server can use it. Dropping it
/// verifies all data that servers wrote.
#[derive(Debug)]
pub enum Storage {
    /// A data directory for `SQLite`.
    Sqlite(Scratch),
    /// A database on a `PostgreSQL` server.
    Postgres(TestDatabase),
}

impl Storage {
    /// An empty storage; on `PostgreSQL` a database on the cluster that all tests share.
    pub fn create(database: Database) -> Self {
        match database {
            Database::Sqlite => Self::Sqlite(Scratch::create()),
            Database::Postgres => {
                let cluster = PostgresCluster::shared().unwrap();
                Self::Postgres(cluster.create_database().unwrap())
            }
        }
    }

    /// An empty storage on a `PostgreSQL` cluster of the test's own.
    pub fn create_on(cluster: &PostgresCluster) -> Self {
        Self::Postgres(cluster.create_database().unwrap())
    }

    /// The arguments that make `seatkeeper serve` use the storage.
    pub fn arguments(&self) -> [OsString; 2] {
        match self {
            Self::Sqlite(directory) => ["--data-dir".into(), directory.path().into()],
            Self::Postgres(database) => ["--database-url".into(), database.url().into()],
        }
    }
}
