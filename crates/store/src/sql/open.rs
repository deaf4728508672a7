//! Opens databases: pools, pragmas, migrations, and on SQLite the lock on the file.

mod postgres;
mod sqlite;

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, RuntimeErr};
use sqlx::migrate::MigrateError;

use super::cancel::Canceller;
use super::error::{classify, corrupt};
use super::lanes::Lane;
use super::pools::{Pools, StatementCount};
use super::probe::Probe;
use super::query::{Query, scalar};
use super::readers::Readers;
use crate::migration;
use crate::{StoreError, StoreResult};

pub(super) use postgres::{open as postgres, open_to_read as postgres_to_read};
pub(super) use sqlite::{
    beside, connect_to_read as connect_sqlite_to_read, database_file, open as sqlite,
    open_to_read as sqlite_to_read,
};

/// Prepared statements cached per connection: all statements of this crate, with room for filters.
const STATEMENT_CACHE_CAPACITY: usize = 256;

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
    refuse_unreleased(&tx).await?;
    let applied = applied_versions(&tx).await?;
    refuse_newer(&applied)?;
    match migration::known().find(|version| !applied.contains(version)) {
        None => Ok(pools),
        Some(missing) => Err(StoreError::SchemaTooOld { missing }),
    }
}

async fn applied_versions(db: &impl ConnectionTrait) -> StoreResult<Vec<i64>> {
    if !has_table(db, migration::TABLE).await? {
        return Ok(Vec::new());
    }
    let text = format!("SELECT version FROM {}", migration::TABLE);
    let rows = db.query_all_raw(Query::new(db).statement(text)).await;
    let rows = rows.map_err(classify)?;
    let versions = rows.iter().map(|row| row.try_get_by_index(0));
    versions.collect::<Result<_, _>>().map_err(classify)
}

/// Migrates the schema; servers that start together wait for each other.
async fn migrate(db: &DatabaseConnection) -> StoreResult<()> {
    refuse_unreleased(db).await?;
    let backend = db.get_database_backend();
    let migrator = migration::migrator(backend);
    let migrated = if backend == DbBackend::Postgres {
        migrator.run(db.get_postgres_connection_pool()).await
    } else {
        migrator.run(db.get_sqlite_connection_pool()).await
    };
    migrated.map_err(not_migrated)
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "only these errors are not about a changed or damaged history"
)]
fn not_migrated(error: MigrateError) -> StoreError {
    match error {
        MigrateError::VersionMissing(found) => StoreError::SchemaTooNew {
            found,
            known: migration::newest(),
        },
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            classify(DbErr::Exec(RuntimeErr::SqlxError(error.into())))
        }
        other => corrupt(migration::TABLE, "-", other),
    }
}

/// Rejects a schema of a later version.
fn refuse_newer(applied: &[i64]) -> StoreResult<()> {
    let known = migration::newest();
    match applied.iter().max() {
        Some(&found) if found > known => Err(StoreError::SchemaTooNew { found, known }),
        _ => Ok(()),
    }
}

/// Rejects a schema from before the first release, which this program can't migrate.
async fn refuse_unreleased(db: &impl ConnectionTrait) -> StoreResult<()> {
    if has_table(db, migration::TABLE_BEFORE_FIRST_RELEASE).await? {
        return Err(StoreError::SchemaUnreleased);
    }
    Ok(())
}

async fn has_table(db: &impl ConnectionTrait, table: &str) -> StoreResult<bool> {
    let mut query = Query::new(db);
    let name = query.bind(table);
    let text = if db.get_database_backend() == DbBackend::Postgres {
        format!(
            "SELECT count(*) FROM pg_tables \
             WHERE schemaname = current_schema() AND tablename = {name}"
        )
    } else {
        format!("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = {name}")
    };
    let tables: i64 = scalar(db, query.statement(text)).await.map_err(classify)?;
    Ok(tables > 0)
}
