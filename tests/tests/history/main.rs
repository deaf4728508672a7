//! A checker of histories in the manner of Jepsen: many callers share few seats and few users, on
//! real server processes. Every call and response is recorded. All of them must have an order that
//! agrees with their times and with the journal, and for which a simple model of seats predicts
//! each response.
//!
//! `HISTORY_ROUNDS=n` runs more rounds of each test, `HISTORY_SEED=n` sets the first seed.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod callers;
mod histories;
mod history;
mod model;
mod rng;
mod rounds;
mod search;
