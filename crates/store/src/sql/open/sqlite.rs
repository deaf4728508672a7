//! Opens SQLite databases.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use sea_orm::DatabaseConnection;
use sea_orm::sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sea_orm::sqlx::{self, ConnectOptions as _, Connection as _};

use super::{READERS_MIN, STATEMENT_CACHE_CAPACITY, migrate, not_connected, to_read};
use crate::StoreResult;
use crate::sql::file_lock::{FileLock, unavailable};
use crate::sql::files;
use crate::sql::interrupt::Interrupt;
use crate::sql::options::SqliteOptions;
use crate::sql::pools::{Pools, StatementCount};
use crate::sql::probe::Probe;
use crate::sql::readers::{ReadConnection, Readers};

/// The name of the database file in a data directory.
const FILE_NAME: &str = "seatkeeper.db";

/// How long SQLite waits for a lock that another connection holds. Only checkpoints and other
/// programs that read the file take one.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// An SQLite database, with the lock that keeps other servers away.
pub(in crate::sql) struct OpenedSqlite {
    pub(in crate::sql) pools: Pools,
    pub(in crate::sql) lock: FileLock,
}

pub(in crate::sql) async fn open(path: &Path, options: SqliteOptions) -> StoreResult<OpenedSqlite> {
    let file = database_file(path)?;
    let lock = lock_file(&file)?;
    close_files(&file)?;
    let statements = StatementCount::default();
    let writing = connect_options(&file, options.writer_cache_kib, &options);
    let mut writer = connect(&options, writing).await?;
    statements.of(&mut writer);
    migrate(&writer).await?;
    let reading = connect_options(&file, options.reader_cache_kib, &options);
    let reader_count = options.reader_count.max(READERS_MIN);
    // The probe retries a busy lock itself, so SQLite must not wait for it.
    let probing = reading.clone().busy_timeout(Duration::ZERO);
    let pools = Pools {
        writer,
        readers: readers(&reading, reader_count, &options, &statements),
        probe: Probe::new(connect(&options, probing).await?),
        locks: Arc::default(),
        auto_analyze: Arc::default(),
        canceller: None,
        writers: 1,
        statements,
    };
    Ok(OpenedSqlite { pools, lock })
}

/// The database file that `path` refers to; creates its directory.
pub(in crate::sql) fn database_file(path: &Path) -> StoreResult<PathBuf> {
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
        files::create_directory(directory).map_err(unavailable)?;
    }
    Ok(file)
}

/// Creates the database file if missing, empty, which SQLite accepts as a new database. Restricts
/// access to the file and its log to the owner. SQLite itself creates files that everyone may read,
/// and gives the log the mode of the database file.
fn close_files(database: &Path) -> StoreResult<()> {
    files::open(database).map_err(unavailable)?;
    for suffix in ["-wal", "-shm"] {
        files::close_to_others(&beside(database, suffix));
    }
    Ok(())
}

/// The path with `suffix` appended to the file name.
pub(in crate::sql) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn lock_file(database: &Path) -> StoreResult<FileLock> {
    FileLock::take(&beside(database, ".lock"), database)
}

fn connect_options(file: &Path, cache_kib: u32, options: &SqliteOptions) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .statement_cache_capacity(STATEMENT_CACHE_CAPACITY)
        .pragma("cache_size", format!("-{cache_kib}"))
        .pragma("wal_autocheckpoint", options.checkpoint_pages.to_string())
        .pragma("temp_store", "memory")
        .disable_statement_logging()
}

/// A pool of one permanent connection.
fn pool(options: &SqliteOptions) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(options.acquire_timeout)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .after_release(|connection, _| Box::pin(is_between_transactions(connection)))
}

async fn connect(
    options: &SqliteOptions,
    connect: SqliteConnectOptions,
) -> StoreResult<DatabaseConnection> {
    let pool = pool(options).connect_with(connect).await;
    Ok(pool.map_err(not_connected)?.into())
}

/// The reading connections; each connects at first use.
fn readers(
    connect: &SqliteConnectOptions,
    count: u32,
    options: &SqliteOptions,
    statements: &StatementCount,
) -> Arc<Readers> {
    let stopped = Arc::<AtomicU64>::default();
    let connection = || {
        let interrupt = Interrupt::new(Arc::clone(&stopped), None);
        let attached = Arc::clone(&interrupt);
        let pool = pool(options).after_connect(move |connection, _| {
            Box::pin(Arc::clone(&attached).attach_sqlite(connection))
        });
        let mut db = pool.connect_lazy_with(connect.clone()).into();
        statements.of(&mut db);
        ReadConnection { db, interrupt }
    };
    let connections = (0..count).map(|_| connection()).collect();
    Readers::new(connections, stopped, options.acquire_timeout)
}

/// Whether a connection may be used again. When the disk is full, SQLite ends the transaction by
/// itself. The driver's ROLLBACK then fails, the driver still counts the transaction as open, and
/// it would treat every later one as nested. Such a connection is closed.
async fn is_between_transactions(connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    if !connection.is_in_transaction() {
        return Ok(true);
    }
    // Waits for a rollback that has begun.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

/// Opens an SQLite database for reading only, also while another process writes to it.
pub(in crate::sql) async fn open_to_read(
    path: &Path,
    options: SqliteOptions,
) -> StoreResult<Pools> {
    let statements = StatementCount::default();
    let reading = options_to_read(path, &options);
    let probe = connect(&options, reading.clone()).await?;
    let readers = readers(&reading, 1, &options, &statements);
    to_read(readers, probe, None, statements).await
}

fn options_to_read(path: &Path, options: &SqliteOptions) -> SqliteConnectOptions {
    let file = if path.is_dir() {
        path.join(FILE_NAME)
    } else {
        path.to_owned()
    };
    SqliteConnectOptions::new()
        .filename(&file)
        .read_only(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("cache_size", format!("-{}", options.reader_cache_kib))
        .pragma("temp_store", "memory")
        .disable_statement_logging()
}

/// A read-only connection that accepts a schema of any version.
pub(in crate::sql) async fn connect_to_read(
    path: &Path,
    options: &SqliteOptions,
) -> StoreResult<DatabaseConnection> {
    connect(options, options_to_read(path, options)).await
}
