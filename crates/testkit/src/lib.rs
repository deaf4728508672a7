//! Real services that the tests of Seatkeeper start: private `PostgreSQL` clusters.
//!
//! A *cluster* is one `PostgreSQL` server with its own data directory. Clients connect through a
//! Unix socket that only the caller can open. The cluster is stopped and deleted when it is
//! dropped, or when the test process dies, for any reason. A *database* is one empty database
//! on a cluster.
//!
//! ```no_run
//! use seatkeeper_testkit::PostgresCluster;
//!
//! let database = PostgresCluster::shared().unwrap().create_database().unwrap();
//! assert_eq!(database.query("SELECT 1 + 1").unwrap(), "2");
//! ```
//!
//! Without server binaries, every start fails with an error that explains the fix. No function here
//! lets a test skip itself.

mod postgres;

pub use postgres::{
    BIN_DIR_VARIABLE, ClusterBuilder, PostgresBinaries, PostgresCluster, PostgresError,
    TestDatabase,
};
