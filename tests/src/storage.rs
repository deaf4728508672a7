use std::ffi::OsString;

use seatkeeper_testkit::{PostgresCluster, TestDatabase};

use crate::{Database, Scratch};

/// Where a server keeps its data; outlives the server, so that another can go on with it. When it is
/// dropped, what servers wrote there is verified.
#[derive(Debug)]
pub enum Storage {
    /// A data directory for `SQLite`.
    Sqlite(Scratch),
    /// A database on a `PostgreSQL` server.
    Postgres(TestDatabase),
}

impl Storage {
    /// An empty one; on `PostgreSQL` on the one server that the tests share.
    pub fn create(database: Database) -> Self {
        match database {
            Database::Sqlite => Self::Sqlite(Scratch::create()),
            Database::Postgres => {
                let cluster = PostgresCluster::shared().unwrap();
                Self::Postgres(cluster.create_database().unwrap())
            }
        }
    }

    /// An empty one on a `PostgreSQL` server of the test's own.
    pub fn create_on(cluster: &PostgresCluster) -> Self {
        Self::Postgres(cluster.create_database().unwrap())
    }

    /// What tells `seatkeeper serve` to use it.
    pub fn arguments(&self) -> [OsString; 2] {
        match self {
            Self::Sqlite(directory) => ["--data-dir".into(), directory.path().into()],
            Self::Postgres(database) => ["--database-url".into(), database.url().into()],
        }
    }
}
