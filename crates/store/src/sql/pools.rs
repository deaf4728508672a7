use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::{
    AccessMode, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

use seatkeeper_fault::{Bug, planted};

use super::error::{classify, classify_commit};
use super::growth::Growth;
use super::left_open::LeftOpen;
use super::locks::CustomerLocks;
use crate::{StoreError, StoreResult};

/// The connections: on SQLite one that writes and some that read, on PostgreSQL two halves of
/// what the process may open, so that writers never keep readers out.
///
/// A call may be dropped at any await, because its caller hung up. A BEGIN that is cut off can
/// leave a connection with an open transaction behind, so transactions begin and end in tasks of
/// their own.
#[derive(Debug, Clone)]
pub(super) struct Pools {
    pub(super) writer: DatabaseConnection,
    pub(super) reader: DatabaseConnection,
    pub(super) locks: Arc<CustomerLocks>,
    pub(super) growth: Arc<Growth>,
    writers: usize,
    statements: Arc<AtomicU64>,
}

impl Pools {
    /// `writer` is so many connections.
    pub(super) fn new(
        mut writer: DatabaseConnection,
        writers: u32,
        mut reader: DatabaseConnection,
    ) -> Self {
        let statements = Arc::<AtomicU64>::default();
        for connection in [&mut writer, &mut reader] {
            let statements = Arc::clone(&statements);
            connection.set_metric_callback(move |_| {
                statements.fetch_add(1, Ordering::Relaxed);
            });
        }
        Self {
            writer,
            reader,
            writers: usize::try_from(writers).unwrap_or(usize::MAX),
            locks: Arc::default(),
            growth: Arc::default(),
            statements,
        }
    }

    /// How many connections write.
    pub(super) fn writers(&self) -> usize {
        self.writers
    }

    /// Statements sent so far, without those that begin and end transactions.
    pub(super) fn statement_count(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Begins a transaction that writes.
    pub(super) async fn begin_write(&self) -> StoreResult<DatabaseTransaction> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        in_task(begin(self.writer.clone(), options)).await
    }

    /// Begins a transaction whose reads all see one moment.
    pub(super) async fn begin_read(&self) -> StoreResult<DatabaseTransaction> {
        let begun = begin(self.reader.clone(), read_options(&self.reader));
        if planted(Bug::CancelledLeft) {
            let left = LeftOpen::when_cut_off(&self.reader);
            let db = begun.await;
            left.begun();
            return db;
        }
        in_task(begun).await
    }
}

/// Must run in a task of its own: nobody rolls back what began after it was cut off.
async fn begin(
    pool: DatabaseConnection,
    options: TransactionOptions,
) -> StoreResult<DatabaseTransaction> {
    pool.begin_with_options(options).await.map_err(classify)
}

fn read_options(reader: &DatabaseConnection) -> TransactionOptions {
    if reader.get_database_backend() == DbBackend::Sqlite {
        // Every transaction of SQLite's write-ahead log reads one moment.
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

/// Commits. Must run in a task of its own.
pub(super) async fn commit(db: DatabaseTransaction) -> StoreResult<()> {
    db.commit().await.map_err(classify_commit)
}

/// Runs to the end even when the caller is dropped.
pub(super) async fn in_task<T: Send + 'static>(
    future: impl Future<Output = StoreResult<T>> + Send + 'static,
) -> StoreResult<T> {
    match tokio::spawn(future).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down; what it cut off may have been a COMMIT.
            Err(cancelled) => Err(StoreError::CommitUnknown(Arc::new(cancelled))),
        },
    }
}

/// Closes both pools. The last connection to an SQLite database takes its write-ahead log back into
/// the file, so the one that writes is the last.
pub(super) async fn close(pools: Pools) -> Result<(), DbErr> {
    pools.reader.close().await?;
    pools.writer.close().await
}
