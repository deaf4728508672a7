//! Stopping the statement of a caller who is gone.
//!
//! Each reading connection has an [`Interrupt`]. A statement that is dropped before its answer asks
//! for it, and the connection is used again only when the statement has ended. SQLite asks the
//! interrupt itself, while it works; PostgreSQL is told over a connection kept for that.
//! Connections that write have none: a transaction that writes goes on without its caller.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sea_orm::sqlx::postgres::PgConnection;
use sea_orm::sqlx::sqlite::SqliteConnection;
use sea_orm::sqlx::{self, Connection, Executor};
use sea_orm::{ConnAcquireErr, DatabaseConnection, DbErr};
use tokio::time::timeout;

use super::cancel::{Canceller, Session};

/// After how many steps of its virtual machine SQLite asks whether to go on. The steps of a filter
/// of 64 terms take microseconds each, so that a statement stops within a few milliseconds, and to
/// ask costs nothing that can be measured.
const STEPS_BETWEEN_QUESTIONS: i32 = 1_000;

/// How long a statement may take to end before it is cancelled once more. A cancellation that
/// overtakes its statement has no effect.
const PING_TIMEOUT_FIRST: Duration = Duration::from_millis(20);

/// The longest time between two cancellations of one statement.
const PING_TIMEOUT_MAX: Duration = Duration::from_secs(1);

/// PostgreSQL's code for a statement that was cancelled.
const QUERY_CANCELED: &str = "57014";

/// Stops what one reading connection carries out.
#[derive(Debug)]
pub(super) struct Interrupt {
    /// Whether the statement under way is to end.
    asked: AtomicBool,
    /// Statements that were stopped, on all connections of the store.
    stopped: Arc<AtomicU64>,
    /// PostgreSQL's session behind the connection, and the way to cancel it.
    session: Mutex<Option<Session>>,
    canceller: Option<Canceller>,
}

impl Interrupt {
    /// `canceller` where the database is a server, which has to be told.
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

    /// Whether a statement was dropped before its answer since the connection was last clear.
    pub(super) fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Acquire)
    }

    /// Has a new connection to SQLite ask this interrupt.
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

    /// Notes which session of PostgreSQL a new connection is.
    pub(super) async fn attach_postgres(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        let session = Session::of(connection).await?;
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(session);
        Ok(())
    }

    /// Whether a connection to PostgreSQL may be used again. After a cancellation the driver would
    /// take the error that nobody read for a broken connection, and close it.
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
        // A rollback that was cancelled leaves a failed transaction, which refuses this.
        Ok(connection.execute("SELECT 1").await.is_ok())
    }

    /// Waits until the connection is clear: its statement has ended, and a later one is not
    /// stopped for it.
    pub(super) async fn clear(&self, connection: &DatabaseConnection) {
        let mut ping_timeout = PING_TIMEOUT_FIRST;
        loop {
            self.cancel().await;
            // The pool has one connection, and hands it out when its statement has ended.
            match timeout(ping_timeout, connection.ping()).await {
                Err(_) | Ok(Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))) => {}
                // Where the connection is lost, the next use makes another.
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

/// Asks for the interrupt when it is dropped before [`Guard::answered`].
pub(super) struct Guard<'a>(Option<&'a Interrupt>);

impl Guard<'_> {
    /// The statement has ended.
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
