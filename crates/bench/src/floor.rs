//! The floor: hand-written programs without a service and without rules, which write the same
//! durable rows in the same chunks, each chunk a transaction: licenses, and packed results.

mod postgres;
mod rows;
mod sqlite;

use std::path::Path;
use std::time::Duration;

use crate::Error;
use crate::database::Database;
use crate::series::rate;

/// Users of a chunk.
const CHUNK_USERS: usize = 5_000;

/// The floor of one database.
pub(crate) enum Floor<'a> {
    Sqlite(&'a Path),
    Postgres(Box<postgres::Floor>),
}

/// One way of writing, and how fast it was.
pub(crate) struct Way {
    pub(crate) name: &'static str,
    pub(crate) users_per_second: f64,
}

impl<'a> Floor<'a> {
    pub(crate) async fn of(database: &'a Database) -> Result<Self, Error> {
        match database {
            Database::Sqlite(directory) => Ok(Self::Sqlite(directory.path())),
            Database::Postgres { cluster, .. } => Ok(Self::Postgres(Box::new(
                postgres::Floor::connect(cluster).await?,
            ))),
        }
    }

    /// Writes a license for so many users, in each way there is.
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
                    way("floor, row by row", rows),
                    way("floor, JSON list", list),
                ])
            }
            Self::Postgres(floor) => Ok(vec![
                way("floor, COPY", floor.write(users, postgres::By::Copy).await?),
                way(
                    "floor, UNNEST",
                    floor.write(users, postgres::By::Unnest).await?,
                ),
            ]),
        }
    }
}
