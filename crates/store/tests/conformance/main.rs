//! The contract of the store, tested on every store: the reference model, SQLite and PostgreSQL.
//!
//! Each test states one fact and takes a store with one customer.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod batches;
mod cancellation;
mod catalogs;
mod chunks;
mod compaction;
mod consistency;
mod contradictions;
mod customers;
mod decisions;
mod deletion;
mod disconnect;
mod entitlements;
mod filters;
mod fixture;
mod generated;
mod holders;
mod idempotency;
mod isolation;
mod journal;
mod leases;
mod license_pages;
mod licenses;
mod locks;
mod observed;
mod pages;
mod persistence;
mod replicas;
mod reservations;
mod retention;
mod rollback;
mod saved_selections;
mod segments;
mod selections;
mod sequences;
mod stores;
mod token_keys;
mod users;
mod waitlist;
