//! A checker of histories, in the manner of Jepsen: many callers over few seats and few users, on
//! real server processes; every call and answer is recorded, and there must be one order of all
//! of them, true to time and to the journal, in which a simple model of seats gives each answer.
//!
//! `HISTORY_ROUNDS=n` plays more rounds on each database, `HISTORY_SEED=n` others.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod callers;
mod histories;
mod history;
mod model;
mod mutants;
mod rng;
mod rounds;
mod search;
