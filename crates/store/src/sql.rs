//! [`SqlStore`]: the store on SQLite and on PostgreSQL, one code path over sea-orm.
//!
//! One file per noun holds its statements. Syntax that differs between the engines is in [`query`].
//! What depends on the physical order of rows is in [`licenses`], [`user_keys`] and [`filter`],
//! what depends on the planner in [`open`], [`custom_plan`] and [`analyze`]. [`error`] maps driver
//! errors to [`crate::StoreError`].
//!
//! Invariants: the number of statements does not depend on the number of users in a chunk. Every
//! change of a customer runs in a transaction that holds the customer's lock.

mod address;
mod all_users;
mod analyze;
mod backup;
mod batches;
mod cancel;
mod catalogs;
mod chunks;
mod compaction;
mod counters;
mod custom_plan;
mod customers;
mod entitlements;
mod entry_encoding;
mod enum_codes;
mod error;
mod file_lock;
mod files;
mod filter;
mod holders;
mod holdings;
mod idempotency;
mod interrupt;
mod journal;
mod lanes;
mod licenses;
mod locks;
mod notifications;
mod open;
mod options;
mod pools;
mod probe;
mod query;
mod readers;
mod reading;
mod reservations;
mod retention;
mod segments;
mod selection_blocks;
mod selections;
mod snapshot;
mod store;
mod token_keys;
mod tx;
mod user_keys;
mod user_keys_page;
mod user_pages;
mod user_writes;
mod users;
mod waitlist;
mod waitlist_changes;

#[cfg(test)]
mod tests;

pub use backup::Backup;
pub use options::{PostgresOptions, SqliteOptions};
pub use store::SqlStore;
