use seatkeeper_domain::{BatchKey, CustomerKey};

use super::fixture;
use crate::{PostgresOptions, SqlStore, Store};

#[tokio::test]
async fn a_store_hears_what_another_on_the_same_database_announces() {
    let (database, store) = fixture::postgres().await;
    let other = SqlStore::open_postgres(&database.url(), PostgresOptions::default()).await;
    let mut notifications = store
        .listen()
        .await
        .unwrap()
        .expect("PostgreSQL supports subscriptions");
    let addresses = [(CustomerKey(3), BatchKey(4)), (CustomerKey(5), BatchKey(6))];
    other.unwrap().announce(&addresses).await.unwrap();
    let heard = [
        notifications.next().await.unwrap(),
        notifications.next().await.unwrap(),
    ];
    assert_eq!(heard, addresses);
}

#[tokio::test]
async fn a_database_of_one_server_has_no_channel() {
    let (_directory, store) = fixture::sqlite().await;
    assert!(store.listen().await.unwrap().is_none());
    store
        .announce(&[(CustomerKey(3), BatchKey(4))])
        .await
        .unwrap();
}
