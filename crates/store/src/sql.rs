//! [`SqlStore`]: the store on SQLite and on PostgreSQL, one code path over sea-orm.
//!
//! One file for each noun holds its statements. Where the engines write the same thing differently,
//! the difference is in [`query`]; how their rows lie tells on [`licenses`], [`scope`] and
//! [`filter`], how they plan on [`open`], [`search`] and [`growth`]. [`error`] turns what the
//! drivers say into [`crate::StoreError`].
//!
//! Invariants: a statement never depends on how many users a chunk has, and whatever changes
//! a customer runs in a transaction that holds the customer's lock.

mod address;
mod backup;
mod batches;
mod cancel;
mod catalogs;
mod chunks;
mod code;
mod compaction;
mod counters;
mod customers;
mod entitlements;
mod error;
mod everyone;
mod file_lock;
mod files;
mod filter;
mod growth;
mod holders;
mod holdings;
mod interrupt;
mod journal;
mod lanes;
mod late;
mod left_open;
mod licenses;
mod locks;
mod news;
mod open;
mod options;
mod packing;
mod pages;
mod pools;
mod probe;
mod query;
mod queues;
mod readers;
mod reading;
mod removal;
mod requests;
mod reservations;
mod scope;
mod search;
mod segments;
mod selection_blocks;
mod selections;
mod snapshot;
mod store;
mod token_keys;
mod tx;
mod user_writes;
mod users;
mod waitlist;
mod walk;

#[cfg(test)]
mod tests;

pub use backup::Backup;
pub use options::{PostgresOptions, SqliteOptions};
pub use store::SqlStore;
