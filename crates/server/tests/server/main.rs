//! The services over a real connection, on a store in memory: one fact a test.

mod batches;
mod catalog;
mod customers;
mod directory;
mod entitlements;
mod licenses;
mod raw;
mod serving;
mod streamed;
mod transport;
mod unfinished;
mod world;
