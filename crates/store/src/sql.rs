//! [`SqlStore`]: the store on SQLite and on PostgreSQL, one code path over sea-orm.
//!
//! One file for each noun holds its statements. Where the engines write the same thing differently,
//! the difference is in [`query`]; how their rows lie tells on [`licenses`], [`user_keys`] and
//! [`filter`], how they plan on [`open`], [`custom_plan`] and [`analyze`]. [`error`] turns what the
//! drivers say into [`crate::StoreError`].
//!
//! Invariants: a statement never depends on how many users a chunk has, and whatever changes
//! a customer runs in a transaction that holds the customer's lock.

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
mod late;
mod left_open;
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
