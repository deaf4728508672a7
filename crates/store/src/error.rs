use std::path::PathBuf;
use std::sync::Arc;

/// The result of a store operation.
pub type StoreResult<T> = Result<T, StoreError>;

/// Why a store operation failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database can't be reached, or the connection was lost. A later retry may succeed.
    #[error("the database is unavailable")]
    Unavailable(#[source] SharedSource),
    /// The transaction conflicted with a concurrent one (serialization failure, deadlock, busy) and
    /// was rolled back. An immediate retry may succeed.
    #[error("the transaction conflicted with another one")]
    Conflict(#[source] SharedSource),
    /// The outcome of a commit is unknown: the connection was lost before the database answered.
    #[error("the connection was lost during commit; the outcome is unknown")]
    CommitUnknown(#[source] SharedSource),
    /// The disk or the database's quota is full. Nothing was written.
    #[error("the database has no space left")]
    Full(#[source] SharedSource),
    /// A unique identifier is taken.
    #[error("{what} already exists")]
    AlreadyExists {
        /// The kind of thing, such as `customer`.
        what: &'static str,
    },
    /// A stored row breaks an invariant.
    #[error("a row of {table} is corrupt: {key}: {what}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The row's key, in readable form.
        key: String,
        /// The invariant that it breaks.
        what: String,
    },
    /// The database's schema is newer than this program.
    #[error(
        "the database schema is newer than this program: it has version {found}, this program knows \
         up to version {known}"
    )]
    SchemaTooNew {
        /// The newest migration of the database.
        found: i64,
        /// The newest migration of this program.
        known: i64,
    },
    /// A development version made the database, before the first release.
    #[error(
        "the database was made by a development version of Seatkeeper, before version 0.1.0, and \
         can't be upgraded; start with an empty database"
    )]
    SchemaUnreleased,
    /// The database's schema is older than this program, which must not migrate it here: the
    /// database is open for reading only.
    #[error(
        "the database schema is older than this program: migration {missing} is missing; start a \
         server of this version on it first"
    )]
    SchemaTooOld {
        /// The first migration that the database lacks.
        missing: i64,
    },
    /// Another process has the SQLite database open. Only one server at a time may open it.
    #[error(
        "the database {path:?} is in use by another process; stop it or choose another data directory"
    )]
    InUse {
        /// The database file.
        path: PathBuf,
    },
    /// A database exists where a new one was to be created.
    #[error("{path:?} already exists and nothing is overwritten; choose another destination")]
    Exists {
        /// The existing file.
        path: PathBuf,
    },
    /// The URL of the database is wrong.
    #[error("the database URL is wrong: {what}")]
    Address {
        /// What is wrong with it, without any text that may be a password.
        what: String,
    },
    /// The database rejected a statement for any other reason: a defect of this program.
    #[error("the database rejected a statement")]
    Database(#[source] SharedSource),
}

/// The cause of a [`StoreError`], for the log. Shared, because a failed transaction reports it to
/// every caller in it.
pub type SharedSource = Arc<dyn std::error::Error + Send + Sync + 'static>;

impl StoreError {
    /// Whether an immediate retry of the operation may succeed.
    #[must_use]
    pub const fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict(_))
    }
}
