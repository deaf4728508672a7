//! The health check: whether the database can be read and written.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr};
use tokio::time::sleep;

use super::error::classify;
use super::query::{Query, scalar};
use crate::{StoreError, StoreResult};

/// Reads stored data.
const READ: &str = "SELECT customer_key FROM customers ORDER BY customer_key LIMIT 1";

/// Changes no row, but fails on a read-only database or a standby.
const WRITE: &str = "UPDATE customers SET revision = revision WHERE customer_key = 0";

/// The pause between two attempts to take SQLite's lock.
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Attempts to take SQLite's lock. With the pauses they take far longer than writing a chunk.
const LOCK_ATTEMPTS: usize = 500;

/// A dedicated connection for health checks: when calls use all other connections, the database is
/// busy, not lost.
///
/// On SQLite the probe takes the write lock. It does not wait for the writing connection, where it
/// would be last in a long queue, but for the lock itself. SQLite grants that lock in no defined
/// order, so a busy database may never grant it to the probe. If another connection commits during
/// that time, the commit proves that the database can write. The database counts as not writable
/// only when no transaction ends for longer than the caller waits.
#[derive(Debug, Clone)]
pub(super) struct Probe(DatabaseConnection);

impl Probe {
    pub(super) fn new(connection: DatabaseConnection) -> Self {
        Self(connection)
    }

    pub(super) async fn check(&self) -> StoreResult<()> {
        self.0.execute_unprepared(READ).await.map_err(classify)?;
        if self.0.get_database_backend() == DbBackend::Sqlite {
            return self.check_lock().await;
        }
        self.write().await
    }

    /// Writes, or detects that another connection has committed.
    async fn check_lock(&self) -> StoreResult<()> {
        let before = self.version().await?;
        let mut attempts = 0..LOCK_ATTEMPTS;
        loop {
            let refused = match self.write().await {
                Err(StoreError::Conflict(refused)) => refused,
                done => return done,
            };
            if self.version().await? != before {
                return Ok(());
            }
            if attempts.next().is_none() {
                return Err(StoreError::Conflict(refused));
            }
            sleep(LOCK_PAUSE).await;
        }
    }

    async fn write(&self) -> StoreResult<()> {
        let answer = self.0.execute_unprepared(WRITE).await;
        answer.map(|_| ()).map_err(classify)
    }

    /// A number that changes whenever another connection commits.
    async fn version(&self) -> StoreResult<i64> {
        let version = Query::new(&self.0).statement("PRAGMA data_version".to_owned());
        scalar(&self.0, version).await.map_err(classify)
    }

    pub(super) async fn close(self) -> Result<(), DbErr> {
        self.0.close().await
    }
}
