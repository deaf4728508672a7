//! End-to-end tests of Seatkeeper against a real server process.
//!
//! A [`Server`] is a `seatkeeper serve` process over a [`Storage`], which a test may kill, stop and
//! start again on the same data. A [`Fixture`] is a customer that only one test uses; most tests
//! start from it. No process that a test starts outlives the test process, however the test process
//! ends.
//!
//! `seatkeeper verify` checks all data that servers wrote: a [`Storage`] when it is dropped, and a
//! [`Fixture`] on the shared server when its test has passed. A test that damages its database on
//! purpose calls [`Storage::expect_damage`].
//!
//! The tests are in `tests/e2e`, one noun per file.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
#![expect(
    clippy::must_use_candidate,
    reason = "only the tests in this package call this crate"
)]

mod audit;
mod binary;
mod black_hole;
mod catalog;
mod change;
mod command_line;
mod connection;
mod databases;
mod disk;
mod fixture;
mod held;
mod open_batch;
mod process;
mod proxy;
mod python;
mod reading;
mod refusal;
mod scratch;
mod seats;
mod selection;
mod server;
mod shared;
mod state;
mod storage;
mod transcript;

pub use binary::{seatkeeper, seatkeeper_bench, seatkeeper_fault_injection};
pub use black_hole::BlackHole;
pub use catalog::{import_catalog, plan, product, try_import_catalog};
pub use change::{assign, assignment, revoke, swap};
pub use command_line::{CommandLine, Ended, run_alone, run_program};
pub use connection::Connection;
pub use databases::Database;
pub use disk::Disk;
pub use fixture::{Fixture, OwnServer};
pub use held::HeldLock;
pub use open_batch::OpenBatch;
pub use proxy::Proxy;
pub use python::PythonClient;
pub use reading::{CarriesEvent, Reading};
pub use refusal::{Refusal, refusal, refused};
pub use scratch::Scratch;
pub use seats::{DAY, moment};
pub use selection::{everyone, filter, listed, saved};
pub use server::{Launch, Server};
pub use shared::{SetUp, run};
pub use state::State;
pub use storage::Storage;
pub use transcript::Transcript;
