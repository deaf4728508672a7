use std::path::PathBuf;
use std::sync::Arc;

/// What every store operation answers with.
pub type StoreResult<T> = Result<T, StoreError>;

/// Why a store operation did not succeed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database can't be reached, or went away. Trying again later may work.
    #[error("the database is unavailable")]
    Unavailable(#[source] SharedSource),
    /// The transaction lost against a concurrent one (serialization failure, deadlock, busy) and
    /// was rolled back. Trying again at once may work.
    #[error("the transaction conflicted with another one")]
    Conflict(#[source] SharedSource),
    /// The outcome of a commit is unknown: the connection was lost while waiting for the answer.
    #[error("the connection was lost during commit; the outcome is unknown")]
    CommitUnknown(#[source] SharedSource),
    /// The disk or the database's quota is full. Nothing was written.
    #[error("the database has no space left")]
    Full(#[source] SharedSource),
    /// A unique identifier is taken.
    #[error("{what} already exists")]
    AlreadyExists {
        /// What kind of thing, such as `customer`.
        what: &'static str,
    },
    /// A stored row breaks an invariant.
    #[error("a row of {table} is corrupt: {key}: {what}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The row's key, readable.
        key: String,
        /// What is wrong with it.
        what: String,
    },
    /// The database's schema is newer than this program.
    #[error(
        "the database schema is newer than this program: it has {found}, this program knows up to {known}"
    )]
    SchemaTooNew {
        /// The newest migration the database has.
        found: String,
        /// The newest migration this program has.
        known: String,
    },
    /// A development version made the database, before the first release.
    #[error(
        "the database was made by a development version of Seatkeeper, before version 0.1.0, and \
         can't be upgraded; start with an empty database"
    )]
    SchemaUnreleased,
    /// The database's schema is older than this program, which may not bring it up to date here.
    #[error(
        "the database schema is older than this program: it lacks {missing}; start a server of \
         this version on it first"
    )]
    SchemaTooOld {
        /// The first migration that the database lacks.
        missing: String,
    },
    /// Another process has the SQLite database open. One server at a time may.
    #[error(
        "the database {path:?} is in use by another process; stop it or choose another data directory"
    )]
    InUse {
        /// The database file.
        path: PathBuf,
    },
    /// There is a database where a new one was to be made.
    #[error("there is {path:?} already, and nothing is overwritten; choose another place")]
    Exists {
        /// The file that is there.
        path: PathBuf,
    },
    /// The URL of the database is wrong.
    #[error("the database URL is wrong: {what}")]
    Address {
        /// What is wrong with it, without anything that may be a password.
        what: String,
    },
    /// Anything else the database refused: a defect of this program.
    #[error("the database refused a statement")]
    Database(#[source] SharedSource),
}

/// The cause of a [`StoreError`], for the log. Shared, because all whom one transaction was for are
/// told the same.
pub type SharedSource = Arc<dyn std::error::Error + Send + Sync + 'static>;

impl StoreError {
    /// Whether the same operation may succeed when it is tried again at once.
    #[must_use]
    pub const fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict(_))
    }
}
