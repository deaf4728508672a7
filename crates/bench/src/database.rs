use std::path::Path;

use tempfile::TempDir;

use seatkeeper_testkit::{PostgresCluster, TestDatabase};

use crate::Error;
use crate::options::DatabaseKind;

/// A database that is deleted when the value is dropped.
pub(crate) enum Database {
    Sqlite(TempDir),
    Postgres {
        database: TestDatabase,
        cluster: Box<PostgresCluster>,
    },
}

impl Database {
    /// Creates an empty database; `SQLite`'s file is in `directory`. `settings` apply to
    /// `PostgreSQL`.
    pub(crate) fn create(
        kind: DatabaseKind,
        directory: &Path,
        settings: &[(&str, &str)],
    ) -> Result<Self, Error> {
        match kind {
            DatabaseKind::Sqlite => Ok(Self::Sqlite(tempfile::tempdir_in(directory)?)),
            // The cluster flushes its log at each commit, as in production.
            DatabaseKind::Postgres => {
                let builder = PostgresCluster::builder().durable();
                let builder = settings.iter().fold(builder, |builder, (name, value)| {
                    builder.setting(*name, *value)
                });
                let cluster = builder.start()?;
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
            Self::Sqlite(_) => DatabaseKind::Sqlite.name(),
            Self::Postgres { .. } => DatabaseKind::Postgres.name(),
        }
    }

    /// The arguments that make a server use this database.
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
