//! Seatkeeper killed at any instant, on `SQLite` and on `PostgreSQL`, while many callers use it: by
//! SIGKILL at random moments, and by itself at each named point; without its database, which is
//! restarted, crashes, is cut off and fails over to a standby; and on a disk that gets full. After a
//! number of kills all that callers were promised is checked, against what they were told and in the
//! database.
//!
//! The environment may set how much of it there is: `SEATKEEPER_KILLS` at random moments on each
//! database, `SEATKEEPER_SERVER_FAULTS` to three servers on one database, `SEATKEEPER_OUTAGES` and
//! `SEATKEEPER_FAILOVERS` of a database. `SEATKEEPER_KILL_SEED` is the seed of the random numbers; a failure
//! names the seed.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod audit;
mod campaign;
mod deadlock;
mod full_disk;
mod ledger;
mod load;
mod mutants;
mod outages;
mod points;
mod random_kills;
mod replicas;
mod retention;
mod rng;
mod test_store;
