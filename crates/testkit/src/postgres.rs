//! A private `PostgreSQL` server: where its programs are, who runs it, how it is
//! started, and how it ends together with the test process.

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
