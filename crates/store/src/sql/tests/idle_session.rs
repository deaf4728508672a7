//! The database ends an idle write transaction, so that a stopped server does not block others for
//! long.

use std::time::Duration;

use super::fixture;
use crate::{PostgresOptions, SqlStore, Store, StoreError};

#[tokio::test]
async fn a_transaction_that_falls_silent_loses_its_lock_and_what_it_wrote() {
    let database = fixture::database();
    let options = PostgresOptions {
        silent_transaction_max: Duration::from_millis(200),
        ..PostgresOptions::default()
    };
    let silent = SqlStore::open_postgres(&database.url(), options).await;
    let silent = silent.unwrap();
    let customer = fixture::customer(&silent).await.key;
    let other = SqlStore::open_postgres(&database.url(), PostgresOptions::default()).await;
    let other = other.unwrap();

    let mut stopped = silent.lock_customer(customer).await.unwrap().unwrap();
    stopped.insert_users(vec![fixture::user(1)]).await.unwrap();
    let taken_over = other.lock_customer(customer).await.unwrap().unwrap();
    taken_over.commit().await.unwrap();

    let late = stopped.insert_users(vec![fixture::user(2)]).await;
    let late = late.unwrap_err();
    assert!(matches!(late, StoreError::Unavailable(_)), "{late:?}");
    assert_eq!(other.count_users(customer, None).await.unwrap(), 0);
}
