//! The normal work of a server causes no warnings in the log of PostgreSQL.

use std::fs;

use seatkeeper_testkit::PostgresCluster;

use super::fixture;
use crate::{PostgresOptions, SqlStore, Store};

#[tokio::test]
async fn transactions_leave_no_warning_in_the_log_of_postgres() {
    let cluster = PostgresCluster::start().unwrap();
    let database = cluster.create_database().unwrap();
    let store = SqlStore::open_postgres(&database.url(), PostgresOptions::default()).await;
    let store = store.unwrap();
    let customer = fixture::customer(&store).await.key;
    let mut committed = store.lock_customer(customer).await.unwrap().unwrap();
    committed
        .insert_users(vec![fixture::user(1)])
        .await
        .unwrap();
    committed.commit().await.unwrap();
    let given_up = store.lock_customer(customer).await.unwrap().unwrap();
    drop(given_up);
    assert_eq!(store.count_users(customer, None).await.unwrap(), 1);
    store.close().await.unwrap();
    drop(database);
    cluster.stop().unwrap();

    let log = fs::read_to_string(cluster.log()).unwrap();
    assert!(log.contains("ready to accept connections"), "{log}");
    let warnings: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("WARNING"))
        .collect();
    assert_eq!(warnings, Vec::<&str>::new());
}
