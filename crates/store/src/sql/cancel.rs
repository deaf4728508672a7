//! Cancels statements of PostgreSQL from another connection.

use sea_orm::sqlx::postgres::PgConnection;
use sea_orm::sqlx::{self, Executor, Row};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};

/// The session's start time in microseconds, from the columns of a row of `pg_stat_get_activity`.
const START: &str = "(EXTRACT(EPOCH FROM backend_start) * 1000000)::bigint";

/// A session of PostgreSQL. The start time identifies it: process ids are reused, and after a
/// failover another server may have the same process id.
#[derive(Debug, Clone, Copy)]
pub(super) struct Session {
    process: i32,
    start: i64,
}

impl Session {
    /// The session of a connection.
    pub(super) async fn of(connection: &mut PgConnection) -> sqlx::Result<Self> {
        let own = format!("SELECT pid, {START} FROM pg_stat_get_activity(pg_backend_pid())");
        let row = connection.fetch_one(sqlx::AssertSqlSafe(own)).await?;
        Ok(Self {
            process: row.try_get(0)?,
            start: row.try_get(1)?,
        })
    }
}

/// Cancels the statements of sessions, over a connection of its own: all others may be busy.
#[derive(Debug, Clone)]
pub(super) struct Canceller(DatabaseConnection);

impl Canceller {
    pub(super) fn new(connection: DatabaseConnection) -> Self {
        Self(connection)
    }

    /// Cancels the statement of a session, if one is running.
    pub(super) async fn cancel(&self, session: Session) -> Result<(), DbErr> {
        let Session { process, start } = session;
        let cancel = format!(
            "SELECT pg_cancel_backend(pid) FROM pg_stat_get_activity({process}) \
             WHERE {START} = {start}"
        );
        self.0.execute_unprepared(&cancel).await.map(|_| ())
    }

    pub(super) async fn close(self) -> Result<(), DbErr> {
        self.0.close().await
    }
}
