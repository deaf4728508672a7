//! A private `PostgreSQL` server: its binaries, its account, its start, and its end together with
//! the test process.

mod account;
mod binaries;
mod builder;
mod client;
mod cluster;
mod control;
mod database;
mod error;
mod process;
mod standby;
mod watchdog;

pub use binaries::{BIN_DIR_VARIABLE, PostgresBinaries};
pub use builder::ClusterBuilder;
pub use cluster::PostgresCluster;
pub use database::TestDatabase;
pub use error::PostgresError;
