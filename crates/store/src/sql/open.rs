//! Opening a database: pools, pragmas, migrations, and for SQLite the lock on the file.

use std::fs;
use std::path::{Path, PathBuf};

use sea_orm::sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous,
};
use sea_orm::sqlx::{self, Connection};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend};
use sea_orm_migration::MigratorTrait;
use std::time::Duration;

use super::error::classify;
use super::file_lock::{FileLock, unavailable};
use super::options::{PostgresOptions, SqliteOptions};
use super::pools::Pools;
use super::query::Query;
use crate::migration::Migrator;
use crate::{StoreError, StoreResult};

/// The database's name inside a data directory.
const FILE_NAME: &str = "seatkeeper.db";

/// Statements kept prepared per connection: all of ours, with room for filters.
const STATEMENT_CACHE_CAPACITY: usize = 256;

/// How long SQLite waits for a lock that another connection holds: only checkpoints and other
/// programs that look into the file take one.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The advisory lock under which migrations run: "seatkeep" in ASCII.
const MIGRATION_LOCK: i64 = 0x7365_6174_6b65_6570;

/// An SQLite database and the lock that keeps other servers off it.
pub(super) struct OpenedSqlite {
    pub(super) pools: Pools,
    pub(super) lock: FileLock,
}

pub(super) async fn sqlite(path: &Path, options: SqliteOptions) -> StoreResult<OpenedSqlite> {
    let file = database_file(path)?;
    let lock = lock_file(&file)?;
    let writer = connect_sqlite(&file, 1, options.writer_cache_kib, &options).await?;
    migrate(&writer).await?;
    let readers = options.reader_count.max(1);
    let reader = connect_sqlite(&file, readers, options.reader_cache_kib, &options).await?;
    Ok(OpenedSqlite {
        pools: Pools::new(writer, 1, reader),
        lock,
    })
}

/// The file that `path` names, in a directory that exists.
pub(super) fn database_file(path: &Path) -> StoreResult<PathBuf> {
    let is_file = path.is_file() || path.extension().is_some_and(|extension| extension == "db");
    let file = if is_file {
        path.to_owned()
    } else {
        path.join(FILE_NAME)
    };
    if let Some(directory) = file
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        fs::create_dir_all(directory).map_err(unavailable)?;
    }
    Ok(file)
}

fn lock_file(database: &Path) -> StoreResult<FileLock> {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    FileLock::take(Path::new(&name), database)
}

async fn connect_sqlite(
    file: &Path,
    connections: u32,
    cache_kib: u32,
    options: &SqliteOptions,
) -> StoreResult<DatabaseConnection> {
    let file = file.to_owned();
    let checkpoint_pages = options.checkpoint_pages;
    let mut connect = ConnectOptions::new("sqlite:");
    connect
        .max_connections(connections)
        .acquire_timeout(options.acquire_timeout)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |sqlite: SqliteConnectOptions| {
            sqlite
                .filename(&file)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(BUSY_TIMEOUT)
                .statement_cache_capacity(STATEMENT_CACHE_CAPACITY)
                .pragma("cache_size", format!("-{cache_kib}"))
                .pragma("wal_autocheckpoint", checkpoint_pages.to_string())
                .pragma("temp_store", "memory")
        })
        .map_sqlx_sqlite_pool_opts(|pool| {
            pool.after_release(|connection, _| Box::pin(is_between_transactions(connection)))
        });
    Database::connect(connect).await.map_err(classify)
}

/// Whether a connection may be used again. When the disk is full SQLite ends a transaction by itself;
/// the driver, whose own ROLLBACK then fails, goes on counting it, and would take every later
/// transaction for a part of it. Such a connection is closed.
async fn is_between_transactions(connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    if !connection.is_in_transaction() {
        return Ok(true);
    }
    // A rollback that has begun comes first.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

/// An SQLite database that is only read, whoever writes it meanwhile.
pub(super) async fn sqlite_to_read(path: &Path, options: SqliteOptions) -> StoreResult<Pools> {
    to_read(connect_sqlite_to_read(path, options).await?).await
}

/// A connection that only reads, whatever the schema is.
pub(super) async fn connect_sqlite_to_read(
    path: &Path,
    options: SqliteOptions,
) -> StoreResult<DatabaseConnection> {
    let file = if path.is_dir() {
        path.join(FILE_NAME)
    } else {
        path.to_owned()
    };
    let mut connect = ConnectOptions::new("sqlite:");
    connect
        .max_connections(1)
        .acquire_timeout(options.acquire_timeout)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |sqlite: SqliteConnectOptions| {
            sqlite
                .filename(&file)
                .read_only(true)
                .busy_timeout(BUSY_TIMEOUT)
                .pragma("cache_size", format!("-{}", options.reader_cache_kib))
                .pragma("temp_store", "memory")
        });
    Database::connect(connect).await.map_err(classify)
}

/// A PostgreSQL database that is only read.
pub(super) async fn postgres_to_read(url: &str, options: PostgresOptions) -> StoreResult<Pools> {
    to_read(connect_postgres(url, 1, Session::ReadOnly, &options).await?).await
}

/// Pools for a schema that must be this program's own.
async fn to_read(reader: DatabaseConnection) -> StoreResult<Pools> {
    let pools = Pools::new(reader.clone(), 1, reader);
    let tx = pools.begin_read().await?;
    let applied = "SELECT version FROM seaql_migrations";
    let applied = Query::new(&tx).statement(applied);
    let applied = match tx.query_all_raw(applied).await.map_err(classify) {
        Ok(rows) => rows
            .iter()
            .map(|row| row.try_get_by_index(0))
            .collect::<Result<Vec<String>, _>>()
            .map_err(classify)?,
        // There is no such table: nothing was ever applied.
        Err(StoreError::Database(_)) => Vec::new(),
        Err(error) => return Err(error),
    };
    refuse_newer(&applied)?;
    let mut known = Migrator::known().into_iter();
    match known.find(|name| !applied.contains(name)) {
        None => Ok(pools),
        Some(missing) => Err(StoreError::SchemaTooOld { missing }),
    }
}

pub(super) async fn postgres(url: &str, options: PostgresOptions) -> StoreResult<Pools> {
    let writers = (options.max_connections / 2).max(1);
    let readers = options.max_connections.saturating_sub(writers).max(1);
    let writer = connect_postgres(url, writers, Session::Writing, &options).await?;
    migrate(&writer).await?;
    let reader = connect_postgres(url, readers, Session::Reading, &options).await?;
    Ok(Pools::new(writer, writers, reader))
}

/// What the connections of a pool are for.
#[derive(Clone, Copy)]
enum Session {
    Writing,
    Reading,
    /// Every write fails.
    ReadOnly,
}

impl Session {
    /// What the server is told of it.
    fn settings(self, options: &PostgresOptions) -> Vec<(&'static str, String)> {
        let mut settings = vec![
            ("synchronous_commit", "on".to_owned()),
            // Nobody needs to read that there was nothing to create.
            ("client_min_messages", "error".to_owned()),
            // Statements are written for an index, and are to use it whatever is known of their
            // tables: new ones have no statistics, and a list of thousands looks dearer than reading
            // everything (docs/decisions/0018).
            ("plan_cache_mode", "force_generic_plan".to_owned()),
            ("enable_seqscan", "off".to_owned()),
            // Compiling takes longer than any of them.
            ("jit", "off".to_owned()),
        ];
        match self {
            Self::Writing => settings.push((
                "idle_in_transaction_session_timeout",
                options.silent_transaction_max.as_millis().to_string(),
            )),
            Self::Reading => {}
            Self::ReadOnly => settings.push(("default_transaction_read_only", "on".to_owned())),
        }
        settings
    }
}

async fn connect_postgres(
    url: &str,
    connections: u32,
    session: Session,
    options: &PostgresOptions,
) -> StoreResult<DatabaseConnection> {
    let settings = session.settings(options);
    let mut connect = ConnectOptions::new(url);
    connect
        .max_connections(connections)
        .acquire_timeout(options.acquire_timeout)
        .sqlx_logging(false)
        .set_application_name("seatkeeper")
        .map_sqlx_postgres_opts(move |postgres| {
            postgres
                .statement_cache_capacity(STATEMENT_CACHE_CAPACITY)
                .options(settings.clone())
        });
    Database::connect(connect).await.map_err(classify)
}

/// Brings the schema up to date, in one transaction that servers starting together take in turn.
async fn migrate(db: &DatabaseConnection) -> StoreResult<()> {
    let pools = Pools::new(db.clone(), 1, db.clone());
    let tx = pools.begin_write().await?;
    if db.get_database_backend() == DbBackend::Postgres {
        let lock = format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})");
        tx.execute_unprepared(&lock).await.map_err(classify)?;
    }
    let applied = Migrator::get_migration_models(&tx)
        .await
        .map_err(classify)?;
    let applied: Vec<String> = applied.into_iter().map(|model| model.version).collect();
    refuse_newer(&applied)?;
    Migrator::up(&tx, None).await.map_err(classify)?;
    tx.commit().await.map_err(classify)
}

fn refuse_newer(applied: &[String]) -> StoreResult<()> {
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
