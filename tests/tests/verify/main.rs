//! `seatkeeper verify` on databases that are sound, whatever was done in them, and on databases that
//! were damaged on purpose, a way each.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod compacted;
mod damage;
mod finding;
mod fixture;
mod sound;
mod sql;
