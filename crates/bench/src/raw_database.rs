//! The raw database: hand-written programs without a service and without rules. They write the same
//! durable rows as the server, licenses and packed results, with one transaction per chunk of the
//! same size.

mod postgres;
mod rows;
mod sqlite;

use std::path::Path;
use std::time::Duration;

use crate::Error;
use crate::database::Database;
use crate::series::rate;

/// Users per chunk.
const CHUNK_USERS: usize = 5_000;

/// Writer for one database, without the server.
pub(crate) enum RawDatabase<'a> {
    Sqlite(&'a Path),
    Postgres(Box<postgres::RawDatabase>),
}

/// A method of writing, with its speed.
pub(crate) struct Way {
    pub(crate) name: &'static str,
    pub(crate) users_per_second: f64,
}

impl<'a> RawDatabase<'a> {
    pub(crate) async fn of(database: &'a Database) -> Result<Self, Error> {
        match database {
            Database::Sqlite(directory) => Ok(Self::Sqlite(directory.path())),
            Database::Postgres { cluster, .. } => Ok(Self::Postgres(Box::new(
                postgres::RawDatabase::connect(cluster).await?,
            ))),
        }
    }

    /// Writes licenses for `users` users with each available method.
    pub(crate) async fn write(&self, users: usize) -> Result<Vec<Way>, Error> {
        let way = |name, time: Duration| Way {
            name,
            users_per_second: rate(users, time),
        };
        match self {
            Self::Sqlite(directory) => {
                let directory = directory.to_path_buf();
                let write = move || {
                    let rows = sqlite::write(&directory, users, sqlite::By::Row)?;
                    let list = sqlite::write(&directory, users, sqlite::By::List)?;
                    Ok::<_, Error>((rows, list))
                };
                let (rows, list) = tokio::task::spawn_blocking(write).await??;
                Ok(vec![
                    way("raw database, row by row", rows),
                    way("raw database, JSON list", list),
                ])
            }
            Self::Postgres(raw_database) => Ok(vec![
                way(
                    "raw database, COPY",
                    raw_database.write(users, postgres::By::Copy).await?,
                ),
                way(
                    "raw database, UNNEST",
                    raw_database.write(users, postgres::By::Unnest).await?,
                ),
            ]),
        }
    }
}
