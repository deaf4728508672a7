//! The only place that maps driver errors to [`StoreError`].

use std::fmt::{Debug, Display};
use std::sync::Arc;

use sea_orm::{DbErr, RuntimeErr, SqlErr, sqlx};

use crate::StoreError;
use crate::payload::Malformed;

/// A row that breaks an invariant, or a request that contradicts the stored state.
pub(super) fn corrupt(table: &'static str, key: impl Debug, what: impl Display) -> StoreError {
    StoreError::Corrupt {
        table,
        key: format!("{key:?}"),
        what: what.to_string(),
    }
}

/// A payload that can't be decoded.
pub(super) fn malformed(
    table: &'static str,
    key: impl Debug,
) -> impl FnOnce(Malformed) -> StoreError {
    move |malformed| corrupt(table, key, malformed)
}

/// Maps a driver error.
pub(super) fn classify(error: DbErr) -> StoreError {
    match kind_of(&error) {
        Kind::Unavailable => StoreError::Unavailable(Arc::new(error)),
        Kind::Conflict => StoreError::Conflict(Arc::new(error)),
        Kind::Full => StoreError::Full(Arc::new(error)),
        Kind::Damaged => corrupt("the database file", "-", error),
        Kind::Refused => StoreError::Database(Arc::new(error)),
    }
}

/// Maps the error of a COMMIT, whose outcome may be unknown.
pub(super) fn classify_commit(error: DbErr) -> StoreError {
    match kind_of(&error) {
        Kind::Unavailable => StoreError::CommitUnknown(Arc::new(error)),
        Kind::Conflict | Kind::Full | Kind::Damaged | Kind::Refused => classify(error),
    }
}

/// Whether a unique key is already taken.
pub(super) fn is_duplicate(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// Whether a row refers to another row that does not exist.
pub(super) fn is_missing_reference(error: &DbErr) -> bool {
    matches!(
        error.sql_err(),
        Some(SqlErr::ForeignKeyConstraintViolation(_))
    )
}

#[derive(Clone, Copy)]
enum Kind {
    Unavailable,
    Conflict,
    Full,
    Damaged,
    Refused,
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "new variants may be added, and only the named ones may be retried"
)]
fn kind_of(error: &DbErr) -> Kind {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(RuntimeErr::Internal(_)) => Kind::Unavailable,
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => kind_of_sqlx(error),
        _ => Kind::Refused,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "as above")]
fn kind_of_sqlx(error: &sqlx::Error) -> Kind {
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            match error.try_downcast_ref::<sqlx::sqlite::SqliteError>() {
                Some(_) => kind_of_sqlite(&code),
                None => kind_of_postgres(&code),
            }
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => Kind::Unavailable,
        _ => Kind::Refused,
    }
}

/// Classifies a result code of SQLite. The low byte of an extended code is its primary code.
fn kind_of_sqlite(code: &str) -> Kind {
    const BUSY: u32 = 5;
    const LOCKED: u32 = 6;
    const READONLY: u32 = 8;
    const IOERR: u32 = 10;
    const CORRUPT: u32 = 11;
    const FULL: u32 = 13;
    const CANTOPEN: u32 = 14;
    const NOTADB: u32 = 26;
    match code.parse::<u32>().map(|code| code & 0xff) {
        Ok(BUSY | LOCKED) => Kind::Conflict,
        Ok(FULL) => Kind::Full,
        Ok(READONLY | IOERR | CANTOPEN) => Kind::Unavailable,
        Ok(CORRUPT | NOTADB) => Kind::Damaged,
        Ok(_) | Err(_) => Kind::Refused,
    }
}

/// Classifies a SQLSTATE of PostgreSQL. The first two characters are its class.
fn kind_of_postgres(code: &str) -> Kind {
    match code {
        // Serialization failure, deadlock, lock not available.
        "40001" | "40P01" | "55P03" => Kind::Conflict,
        "53100" => Kind::Full,
        // The server stops or starts, or is a read-only standby, or ended a transaction after the
        // idle timeout, or ended a statement after the statement timeout.
        "57P01" | "57P02" | "57P03" | "25006" | "25P03" | "57014" => Kind::Unavailable,
        "XX001" | "XX002" => Kind::Damaged,
        // Connection exceptions; insufficient resources.
        _ if code.starts_with("08") || code.starts_with("53") => Kind::Unavailable,
        _ => Kind::Refused,
    }
}

#[cfg(test)]
mod tests;
