//! `seatkeeper verify` on sound databases after every kind of operation, and on databases that a
//! test has damaged, one kind of damage at a time.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod compacted;
mod damage;
mod finding;
mod fixture;
mod sound;
mod sql;
