//! Tests of the services over a real connection, on a store in memory: one fact per test.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod batches;
mod catalog;
mod connections;
mod customers;
mod directory;
mod entitlements;
mod hosts;
mod licenses;
mod messages;
mod probes;
mod proxies;
mod raw;
mod serving;
mod streamed;
mod test_server;
mod transport;
mod unread;
mod wire;
