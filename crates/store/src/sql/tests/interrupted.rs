//! A read whose caller disconnects is stopped, and other reads can use its connection.

use std::time::Duration;

use sea_orm::{ConnectionTrait, Statement};
use seatkeeper_testkit::TestDatabase;
use tempfile::TempDir;
use tokio::time::timeout;

use super::fixture;
use crate::sql::lanes::Lane;
use crate::sql::reading::Reading;
use crate::{PostgresOptions, SqlStore, SqliteOptions, Store};

/// A statement that takes days.
const ENDLESS: &str = "WITH RECURSIVE numbers(number) AS \
     (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < 2000000000) \
     SELECT COUNT(*) FROM numbers";

/// How long a caller waits for the statement: long enough for it to begin.
const HANGS_UP_AFTER: Duration = Duration::from_millis(50);

/// The timeout after which a test fails.
const TIMEOUT: Duration = Duration::from_mins(1);

/// More reads than reading connections, so that every connection is used.
const READS: usize = 4;

/// A store with the fewest possible reading connections.
async fn sqlite() -> (TempDir, SqlStore) {
    let directory = TempDir::new().unwrap();
    let options = SqliteOptions {
        reader_count: 2,
        ..SqliteOptions::default()
    };
    let store = SqlStore::open_sqlite(directory.path(), options).await;
    (directory, store.unwrap())
}

async fn postgres() -> (TestDatabase, SqlStore) {
    let database = fixture::database();
    let options = PostgresOptions {
        max_connections: 3,
        // Longer than the test, so that only the interrupt can end the statement.
        read_statement_max: Duration::from_hours(1),
        ..PostgresOptions::default()
    };
    let store = SqlStore::open_postgres(&database.url(), options).await;
    (database, store.unwrap())
}

/// Sends the endless statement and disconnects.
async fn hang_up(read: Reading) {
    let backend = read.get_database_backend();
    let endless = async {
        read.query_all_raw(Statement::from_string(backend, ENDLESS))
            .await
    };
    let answer = timeout(HANGS_UP_AFTER, endless).await;
    assert!(answer.is_err(), "{answer:?}");
}

/// Disconnects until a running statement was stopped; each time, reads through all connections.
async fn connections_come_back(store: &SqlStore) {
    let customer = fixture::customer(store).await;
    while store.stopped_statement_count() == 0 {
        hang_up(store.pools.read_much().await.unwrap()).await;
        read_all_ways(store).await;
    }
    let stopped = store.stopped_statement_count();
    while store.stopped_statement_count() == stopped {
        hang_up(store.pools.begin_read(Lane::Expensive).await.unwrap()).await;
        read_all_ways(store).await;
    }
    // No connection still sees the moment of a dropped transaction.
    fixture::add_users(store, customer.key, 1).await;
    for _ in 0..READS {
        assert_eq!(store.count_users(customer.key, None).await.unwrap(), 1);
        assert_eq!(store.entitlements(customer.key, None).await.unwrap(), []);
    }
}

/// Takes all connections and reads through each.
async fn read_all_ways(store: &SqlStore) {
    let mut reads = vec![store.pools.read_much().await.unwrap()];
    reads.push(store.pools.read().await.unwrap());
    for read in reads {
        let one = Statement::from_string(read.get_database_backend(), "SELECT 1");
        assert_eq!(read.query_all_raw(one).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_connection_whose_caller_is_gone_comes_back_on_sqlite() {
    let (_directory, store) = sqlite().await;
    let back = timeout(TIMEOUT, connections_come_back(&store)).await;
    back.expect("connections come back");
}

#[tokio::test]
async fn a_connection_whose_caller_is_gone_comes_back_on_postgres() {
    let (database, store) = postgres().await;
    let back = timeout(TIMEOUT, connections_come_back(&store)).await;
    back.expect("connections come back");
    let left = "SELECT COUNT(*) FROM pg_stat_activity \
                WHERE datname = current_database() AND query LIKE 'WITH RECURSIVE%' \
                AND state = 'active'";
    assert_eq!(database.query(left).unwrap(), "0");
}

#[tokio::test]
async fn a_cancelled_connection_is_used_again_on_postgres() {
    let (database, store) = postgres().await;
    let mut session = 0;
    while store.stopped_statement_count() == 0 {
        let read = store.pools.read_much().await.unwrap();
        session = process(&read).await;
        hang_up(read).await;
        let back = timeout(TIMEOUT, store.pools.read_much()).await;
        drop(back.expect("the connection comes back").unwrap());
    }
    let open = format!("SELECT COUNT(*) FROM pg_stat_activity WHERE pid = {session}");
    assert_eq!(database.query(&open).unwrap(), "1");
}

/// The session of a read's connection.
async fn process(read: &Reading) -> i32 {
    let session = Statement::from_string(read.get_database_backend(), "SELECT pg_backend_pid()");
    let row = read.query_one_raw(session).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

#[tokio::test]
async fn a_read_that_is_answered_stops_nothing() {
    let (_directory, store) = sqlite().await;
    let customer = fixture::populate(&store, 3).await;
    for _ in 0..READS {
        assert_eq!(store.count_users(customer, None).await.unwrap(), 3);
        assert_eq!(store.entitlements(customer, None).await.unwrap(), []);
    }
    assert_eq!(store.stopped_statement_count(), 0);
}
