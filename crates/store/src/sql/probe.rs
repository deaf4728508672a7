//! Whether the database can be read and written: what the server's health is.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr};
use tokio::time::sleep;

use super::error::classify;
use super::query::{Query, scalar};
use crate::{StoreError, StoreResult};

/// Reads what is stored.
const READ: &str = "SELECT customer_key FROM customers ORDER BY customer_key LIMIT 1";

/// Changes nothing, but a database that is read-only or a standby refuses it.
const WRITE: &str = "UPDATE customers SET revision = revision WHERE customer_key = 0";

/// How long to wait between two attempts to take SQLite's lock.
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Attempts to take SQLite's lock: with the pauses, far longer than a chunk is written.
const LOCK_ATTEMPTS: usize = 500;

/// A connection of its own for the health of the server: when calls use all others, the database
/// is busy and not lost.
///
/// On SQLite the probe takes the lock of the one transaction that writes. It doesn't queue for the
/// connection that writes, where it would be the last of many, but for the lock itself. SQLite
/// serves that in no order, so that a busy database might never let the probe in. Where it doesn't,
/// and another connection commits meanwhile, that commit shows what the probe is to show. Only a
/// transaction that ends for longer than the caller waits is taken for a database that doesn't write.
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

    /// Writes, or sees that another connection does.
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

    /// Changes whenever another connection has committed.
    async fn version(&self) -> StoreResult<i64> {
        let version = Query::new(&self.0).statement("PRAGMA data_version".to_owned());
        scalar(&self.0, version).await.map_err(classify)
    }

    pub(super) async fn close(self) -> Result<(), DbErr> {
        self.0.close().await
    }
}
