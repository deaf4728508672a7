//! Durable state of Seatkeeper, on SQLite and on PostgreSQL.
//!
//! [`Store`] reads committed state. Every change of a customer goes through [`CustomerTx`], a
//! transaction that holds the customer's lock. So rules that read across a user's products can't be
//! raced, and seats can't be oversold. [`ModelStore`] keeps the same promises in memory, in the
//! most obvious way: it is the oracle of the conformance suite.
//!
//! No code outside this crate depends on which of the two databases is in use.

mod batch;
mod checkpoint;
mod customer_tx;
mod entity;
mod error;
mod holders;
mod migration;
mod model;
mod notifications;
mod payload;
mod query;
mod selected;
mod selection;
mod snapshot;
mod sql;
mod store;
mod token_key;
mod waitlist;

pub use batch::{
    Batch, BatchProgress, BatchRef, BatchSource, BatchSpec, BatchTask, EndedBatch,
    IdempotencyRecord, IdempotencyTarget, Lease, NewBatch,
};
pub use checkpoint::{CheckpointLicense, CompactionStep, JournalCheckpoint};
pub use customer_tx::{CustomerTx, LicenseRecord, NewUser};
pub use error::{SharedSource, StoreError, StoreResult};
pub use holders::{HolderCount, HolderRow, HolderSetKey, LicenseCounts};
pub use model::ModelStore;
pub use notifications::BatchNotifications;
pub use query::{
    LicensePageQuery, PageStart, SelectQuery, UserCursor, UserKeysPage, UserPageQuery,
};
pub use selected::{LicenseVersion, LoadedChunk, PackedSegment, Selected, SelectedUser};
pub use selection::NewSelection;
pub use snapshot::{
    CustomerCounters, JournalRow, LicenseRow, Reservation, ResultRange, Segment, Snapshot,
    UserTally, WaitlistRow,
};
pub use sql::{Backup, PostgresOptions, SqlStore, SqliteOptions};
pub use store::{JournalSpan, NewCatalog, NewCustomer, Store};
pub use token_key::{NewTokenKey, TOKEN_KEYS_KEPT, TOKEN_SECRET_BYTES, TokenKey};
pub use waitlist::{WaitlistJoins, WaitlistQuery};
