//! Opens databases: pools, pragmas, migrations, and on SQLite the lock on the file.

mod postgres;
mod sqlite;

use std::sync::Arc;

use sea_orm::sqlx;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, RuntimeErr};
use sea_orm_migration::MigratorTrait;

use super::cancel::Canceller;
use super::error::classify;
use super::lanes::Lane;
use super::pools::{Pools, StatementCount, begin_write};
use super::probe::Probe;
use super::query::Query;
use super::readers::Readers;
use crate::migration::{BEFORE_FIRST_RELEASE, Migrator};
use crate::{StoreError, StoreResult};

pub(super) use postgres::{open as postgres, open_to_read as postgres_to_read};
pub(super) use sqlite::{
    beside, connect_to_read as connect_sqlite_to_read, database_file, open as sqlite,
    open_to_read as sqlite_to_read,
};

/// Prepared statements cached per connection: all statements of this crate, with room for filters.
const STATEMENT_CACHE_CAPACITY: usize = 256;

/// The advisory lock under which migrations run: "seatkeep" in ASCII.
const MIGRATION_LOCK: i64 = 0x7365_6174_6b65_6570;

/// The fewest reading connections: one stays free for cheap reads while another runs an expensive
/// one.
const READERS_MIN: u32 = 2;

fn not_connected(error: sqlx::Error) -> StoreError {
    classify(DbErr::Conn(RuntimeErr::SqlxError(error.into())))
}

/// Creates read-only pools; the schema must be exactly this program's version.
async fn to_read(
    readers: Arc<Readers>,
    only_reads: DatabaseConnection,
    canceller: Option<Canceller>,
    statements: StatementCount,
) -> StoreResult<Pools> {
    let pools = Pools {
        writer: only_reads.clone(),
        readers,
        probe: Probe::new(only_reads),
        locks: Arc::default(),
        auto_analyze: Arc::default(),
        canceller,
        writers: 1,
        statements,
    };
    let tx = pools.begin_read(Lane::Cheap).await?;
    let applied = "SELECT version FROM seaql_migrations";
    let applied = Query::new(&tx).statement(applied);
    let applied = match tx.query_all_raw(applied).await.map_err(classify) {
        Ok(rows) => rows
            .iter()
            .map(|row| row.try_get_by_index(0))
            .collect::<Result<Vec<String>, _>>()
            .map_err(classify)?,
        // The migrations table does not exist: no migration was ever applied.
        Err(StoreError::Database(_)) => Vec::new(),
        Err(error) => return Err(error),
    };
    refuse_other(&applied)?;
    let mut known = Migrator::known().into_iter();
    match known.find(|name| !applied.contains(name)) {
        None => Ok(pools),
        Some(missing) => Err(StoreError::SchemaTooOld { missing }),
    }
}

/// Migrates the schema in one transaction; servers that start together wait for each other.
async fn migrate(db: &DatabaseConnection) -> StoreResult<()> {
    let tx = begin_write(db.clone()).await?;
    if db.get_database_backend() == DbBackend::Postgres {
        let lock = format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})");
        tx.execute_unprepared(&lock).await.map_err(classify)?;
    }
    let applied = Migrator::get_migration_models(&tx)
        .await
        .map_err(classify)?;
    let applied: Vec<String> = applied.into_iter().map(|model| model.version).collect();
    refuse_other(&applied)?;
    Migrator::up(&tx, None).await.map_err(classify)?;
    tx.commit().await.map_err(classify)
}

/// Rejects a schema that this program can't migrate.
fn refuse_other(applied: &[String]) -> StoreResult<()> {
    if applied
        .iter()
        .any(|version| version == BEFORE_FIRST_RELEASE)
    {
        return Err(StoreError::SchemaUnreleased);
    }
    let known = Migrator::known();
    let unknown = applied.iter().filter(|version| !known.contains(version));
    match unknown.max() {
        None => Ok(()),
        Some(found) => Err(StoreError::SchemaTooNew {
            found: found.clone(),
            known: known.into_iter().next_back().unwrap_or_default(),
        }),
    }
}
