//! Seatkeeper killed at any time, on `SQLite` and on `PostgreSQL`, under the load of many callers.
//! SIGKILL ends servers at random times, and servers abort at each failpoint. The database
//! restarts, crashes, is cut off or fails over to a standby; and the disk fills up. After a number
//! of kills, the tests check every response against later responses and against the database.
//!
//! Environment variables set the number of faults: `SEATKEEPER_KILLS` at random times on each
//! database, `SEATKEEPER_CAMPAIGNS` at one failpoint, `SEATKEEPER_SERVER_FAULTS` for three servers on
//! one database, `SEATKEEPER_OUTAGES` and `SEATKEEPER_FAILOVERS` of a database.
//! `SEATKEEPER_KILL_SEED` is the seed of the random numbers; each run prints its seed.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod audit;
mod campaign;
mod deadlock;
mod full_disk;
mod ledger;
mod lives;
mod load;
mod outages;
mod points;
mod random_kills;
mod replicas;
mod retention;
mod rng;
mod test_store;
