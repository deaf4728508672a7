use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::{
    AccessMode, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

use seatkeeper_failpoints::{Mutant, mutant_enabled};

use super::analyze::AutoAnalyze;
use super::cancel::Canceller;
use super::error::{classify, classify_commit};
use super::lanes::Lane;
use super::left_open::LeftOpen;
use super::locks::CustomerLocks;
use super::probe::Probe;
use super::readers::Readers;
use super::reading::Reading;
use crate::{StoreError, StoreResult};

/// The connections: on SQLite one that writes and some that read, on PostgreSQL two halves of
/// what the process may open, so that writers never keep readers out. One more probes the database
/// for the health of the server, and on PostgreSQL one cancels statements.
///
/// A call may be dropped at any await, because its caller hung up. A BEGIN that is cut off can
/// leave a connection with an open transaction behind, so transactions begin and end in tasks of
/// their own. What a read carries out when it is dropped is stopped ([`super::interrupt`]).
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

/// Statements sent so far.
#[derive(Debug, Clone, Default)]
pub(super) struct StatementCount(Arc<AtomicU64>);

impl StatementCount {
    /// Counts what is sent through a connection from now on.
    pub(super) fn of(&self, connection: &mut DatabaseConnection) {
        let statements = Arc::clone(&self.0);
        connection.set_metric_callback(move |_| {
            statements.fetch_add(1, Ordering::Relaxed);
        });
    }
}

impl Pools {
    /// How many connections write.
    pub(super) fn writers(&self) -> usize {
        self.writers
    }

    /// Statements sent so far, without those that begin and end transactions.
    pub(super) fn statement_count(&self) -> u64 {
        self.statements.0.load(Ordering::Relaxed)
    }

    /// Begins a transaction that writes.
    pub(super) async fn begin_write(&self) -> StoreResult<DatabaseTransaction> {
        begin_write(self.writer.clone()).await
    }

    /// Takes a connection for a read that is bounded.
    pub(super) async fn read(&self) -> StoreResult<Reading> {
        self.readers.take(Lane::Cheap).await
    }

    /// Takes a connection for a read that may take seconds.
    pub(super) async fn read_much(&self) -> StoreResult<Reading> {
        self.readers.take(Lane::Expensive).await
    }

    /// Begins a transaction whose reads all see one moment.
    pub(super) async fn begin_read(&self, lane: Lane) -> StoreResult<Reading> {
        let reading = self.readers.take(lane).await?;
        if mutant_enabled(Mutant::LeakedTransaction) {
            let left = LeftOpen::when_cut_off(reading.unguarded());
            let db = reading.begin().await;
            left.begun();
            return db;
        }
        in_task(reading.begin()).await
    }
}

/// Begins a transaction that writes.
pub(super) async fn begin_write(writer: DatabaseConnection) -> StoreResult<DatabaseTransaction> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    in_task(begin(writer, options)).await
}

/// Must run in a task of its own: nobody rolls back what began after it was cut off.
pub(super) async fn begin(
    pool: DatabaseConnection,
    options: TransactionOptions,
) -> StoreResult<DatabaseTransaction> {
    pool.begin_with_options(options).await.map_err(classify)
}

pub(super) fn read_options(reader: &DatabaseConnection) -> TransactionOptions {
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

/// Closes all connections. The last connection to an SQLite database takes its write-ahead log back
/// into the file, so the one that writes is the last.
pub(super) async fn close(pools: Pools) -> Result<(), DbErr> {
    pools.readers.close().await?;
    pools.probe.close().await?;
    if let Some(canceller) = pools.canceller {
        canceller.close().await?;
    }
    pools.writer.close().await
}
