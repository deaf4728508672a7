//! Seatkeeper killed at any instant, on `SQLite` and on `PostgreSQL`, while many callers use it: by
//! SIGKILL at random moments, and by itself at each named point. After a number of kills all that
//! callers were promised is checked, against what they were told and in the database.
//!
//! `SEATKEEPER_KILLS` sets how many kills at random moments there are on each database, and
//! `SEATKEEPER_KILL_SEED` what chance begins with; a failure names the seed.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod audit;
mod bugs;
mod campaign;
mod chance;
mod ledger;
mod load;
mod moments;
mod points;
mod replicas;
mod stage;
