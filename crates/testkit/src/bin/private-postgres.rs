//! Starts a private `PostgreSQL` cluster for manual experiments, prints the URL of an empty
//! database on it, and keeps the cluster until this process ends.
#![expect(clippy::print_stdout, reason = "the URL is this program's output")]

use std::thread;

use seatkeeper_testkit::{PostgresCluster, PostgresError};

fn main() -> Result<(), PostgresError> {
    let cluster = PostgresCluster::start()?;
    let database = cluster.create_database()?;
    println!("{}", database.url());
    loop {
        thread::park();
    }
}
