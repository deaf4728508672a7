//! Stops the statement of a read whose caller has disconnected.
//!
//! Each reading connection has an [`Interrupt`]. Dropping a statement before its response arrives
//! requests the interrupt; the connection is used again only when the statement has ended. SQLite
//! polls the interrupt while it works. PostgreSQL receives a cancellation over a dedicated
//! connection. Writing connections have no interrupt: a write transaction continues without its
//! caller.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sea_orm::sqlx::postgres::PgConnection;
use sea_orm::sqlx::sqlite::SqliteConnection;
use sea_orm::sqlx::{self, Connection, Executor};
use sea_orm::{ConnAcquireErr, DatabaseConnection, DbErr};
use tokio::time::timeout;

use super::cancel::{Canceller, Session};

/// The number of virtual machine steps after which SQLite polls the interrupt. With a filter of 64
/// terms a step takes microseconds, so a statement stops within a few milliseconds. The cost of
/// polling is too small to measure.
const STEPS_BETWEEN_QUESTIONS: i32 = 1_000;

/// How long to wait for a cancelled statement to end before the cancellation is sent again. A
/// cancellation that arrives before its statement has no effect.
const PING_TIMEOUT_FIRST: Duration = Duration::from_millis(20);

/// The longest wait between two cancellations of one statement.
const PING_TIMEOUT_MAX: Duration = Duration::from_secs(1);

/// PostgreSQL's SQLSTATE for a cancelled statement.
const QUERY_CANCELED: &str = "57014";

/// Stops the statements of one reading connection.
#[derive(Debug)]
pub(super) struct Interrupt {
    /// Whether the current statement must end.
    asked: AtomicBool,
    /// The number of stopped statements, on all connections of the store.
    stopped: Arc<AtomicU64>,
    /// The connection's PostgreSQL session, with what is needed to cancel it.
    session: Mutex<Option<Session>>,
    canceller: Option<Canceller>,
}

impl Interrupt {
    /// `canceller` is given for PostgreSQL, where a server must be notified.
    pub(super) fn new(stopped: Arc<AtomicU64>, canceller: Option<Canceller>) -> Arc<Self> {
        Arc::new(Self {
            asked: AtomicBool::new(false),
            stopped,
            session: Mutex::default(),
            canceller,
        })
    }

    /// Guards a statement that is about to be sent.
    pub(super) fn guard(&self) -> Guard<'_> {
        Guard(Some(self))
    }

    /// Whether a statement was dropped before its response since the last [`Interrupt::clear`].
    pub(super) fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Acquire)
    }

    /// Makes a new SQLite connection poll this interrupt.
    pub(super) async fn attach_sqlite(
        self: Arc<Self>,
        connection: &mut SqliteConnection,
    ) -> sqlx::Result<()> {
        let mut handle = connection.lock_handle().await?;
        handle.set_progress_handler(STEPS_BETWEEN_QUESTIONS, move || {
            let stop = self.is_asked();
            if stop {
                self.stopped.fetch_add(1, Ordering::Relaxed);
            }
            !stop
        });
        Ok(())
    }

    /// Records the PostgreSQL session of a new connection.
    pub(super) async fn attach_postgres(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        let session = Session::of(connection).await?;
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(session);
        Ok(())
    }

    /// Whether a PostgreSQL connection may be used again. After a cancellation, the error response
    /// is still unread; the driver would take it for a broken connection and close it.
    pub(super) async fn leaves_usable(&self, connection: &mut PgConnection) -> sqlx::Result<bool> {
        if !self.is_asked() {
            return Ok(true);
        }
        match connection.ping().await {
            Ok(()) => {}
            Err(sqlx::Error::Database(error))
                if error.code().is_some_and(|code| code == QUERY_CANCELED) =>
            {
                self.stopped.fetch_add(1, Ordering::Relaxed);
                connection.ping().await?;
            }
            Err(error) => return Err(error),
        }
        // If the rollback was cancelled, the transaction has failed and rejects this statement.
        Ok(connection.execute("SELECT 1").await.is_ok())
    }

    /// Waits until the statement has ended, and resets the interrupt so that no later statement is
    /// stopped.
    pub(super) async fn clear(&self, connection: &DatabaseConnection) {
        let mut ping_timeout = PING_TIMEOUT_FIRST;
        loop {
            self.cancel().await;
            // The pool has one connection, which is available when its statement has ended.
            match timeout(ping_timeout, connection.ping()).await {
                Err(_) | Ok(Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))) => {}
                // If the connection was lost, the next use opens a new one.
                Ok(Ok(()) | Err(_)) => break,
            }
            ping_timeout = (ping_timeout * 2).min(PING_TIMEOUT_MAX);
        }
        self.asked.store(false, Ordering::Release);
    }

    async fn cancel(&self) {
        let session = *self.session.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((canceller, session)) = self.canceller.as_ref().zip(session)
            && let Err(error) = canceller.cancel(session).await
        {
            let error = &error as &dyn std::error::Error;
            tracing::debug!(error, "a statement was not cancelled");
        }
    }
}

/// Requests the interrupt when it is dropped before [`Guard::answered`].
pub(super) struct Guard<'a>(Option<&'a Interrupt>);

impl Guard<'_> {
    /// Records that the statement has ended.
    pub(super) fn answered(mut self) {
        self.0 = None;
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if let Some(interrupt) = self.0 {
            interrupt.asked.store(true, Ordering::Release);
        }
    }
}
