use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::{
    AccessMode, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

use super::analyze::AutoAnalyze;
use super::cancel::Canceller;
use super::error::{classify, classify_commit};
use super::lanes::Lane;
use super::locks::CustomerLocks;
use super::probe::Probe;
use super::readers::Readers;
use super::reading::Reading;
use crate::{StoreError, StoreResult};

/// The connections. SQLite has one that writes and some that read. PostgreSQL has two halves of the
/// process's connections, so that writers never block readers. One more connection is for health
/// checks, and on PostgreSQL one cancels statements.
///
/// A call may be dropped at any await when its caller disconnects. A dropped BEGIN can leave an
/// open transaction on a connection, so transactions begin and end in separate tasks. The running
/// statement of a dropped read is stopped ([`super::interrupt`]).
#[derive(Debug, Clone)]
pub(super) struct Pools {
    pub(super) writer: DatabaseConnection,
    pub(super) readers: Arc<Readers>,
    pub(super) probe: Probe,
    pub(super) locks: Arc<CustomerLocks>,
    pub(super) auto_analyze: Arc<AutoAnalyze>,
    pub(super) canceller: Option<Canceller>,
    pub(super) writers: usize,
    pub(super) statements: StatementCount,
}

/// The number of statements sent so far.
#[derive(Debug, Clone, Default)]
pub(super) struct StatementCount(Arc<AtomicU64>);

impl StatementCount {
    /// Counts the statements sent through a connection from now on.
    pub(super) fn of(&self, connection: &mut DatabaseConnection) {
        let statements = Arc::clone(&self.0);
        connection.set_metric_callback(move |_| {
            statements.fetch_add(1, Ordering::Relaxed);
        });
    }
}

impl Pools {
    /// The number of writing connections.
    pub(super) fn writers(&self) -> usize {
        self.writers
    }

    /// The number of statements sent so far, except those that begin and end transactions.
    pub(super) fn statement_count(&self) -> u64 {
        self.statements.0.load(Ordering::Relaxed)
    }

    /// Begins a write transaction.
    pub(super) async fn begin_write(&self) -> StoreResult<DatabaseTransaction> {
        begin_write(self.writer.clone()).await
    }

    /// Takes a connection for a read of bounded cost.
    pub(super) async fn read(&self) -> StoreResult<Reading> {
        self.readers.take(Lane::Cheap).await
    }

    /// Takes a connection for a read that may take seconds.
    pub(super) async fn read_much(&self) -> StoreResult<Reading> {
        self.readers.take(Lane::Expensive).await
    }

    /// Begins a transaction whose reads all see the same moment.
    pub(super) async fn begin_read(&self, lane: Lane) -> StoreResult<Reading> {
        let reading = self.readers.take(lane).await?;
        in_task(reading.begin()).await
    }
}

/// Begins a write transaction.
pub(super) async fn begin_write(writer: DatabaseConnection) -> StoreResult<DatabaseTransaction> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    in_task(begin(writer, options)).await
}

/// Must run in a separate task: a transaction that begins after its caller was dropped is never
/// rolled back.
pub(super) async fn begin(
    pool: DatabaseConnection,
    options: TransactionOptions,
) -> StoreResult<DatabaseTransaction> {
    pool.begin_with_options(options).await.map_err(classify)
}

pub(super) fn read_options(reader: &DatabaseConnection) -> TransactionOptions {
    if reader.get_database_backend() == DbBackend::Sqlite {
        // In WAL mode every SQLite transaction reads one moment.
        return TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Deferred),
            ..TransactionOptions::default()
        };
    }
    TransactionOptions {
        isolation_level: Some(IsolationLevel::RepeatableRead),
        access_mode: Some(AccessMode::ReadOnly),
        sqlite_transaction_mode: None,
    }
}

/// Commits. Must run in a separate task.
pub(super) async fn commit(db: DatabaseTransaction) -> StoreResult<()> {
    db.commit().await.map_err(classify_commit)
}

/// Runs a future to completion, even when the caller is dropped.
pub(super) async fn in_task<T: Send + 'static>(
    future: impl Future<Output = StoreResult<T>> + Send + 'static,
) -> StoreResult<T> {
    match tokio::spawn(future).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down; the interrupted future may have sent a COMMIT.
            Err(cancelled) => Err(StoreError::CommitUnknown(Arc::new(cancelled))),
        },
    }
}

/// Closes all connections. The last connection to an SQLite database copies the write-ahead log
/// into the file, so the writer is closed last.
pub(super) async fn close(pools: Pools) -> Result<(), DbErr> {
    pools.readers.close().await?;
    pools.probe.close().await?;
    if let Some(canceller) = pools.canceller {
        canceller.close().await?;
    }
    pools.writer.close().await
}
