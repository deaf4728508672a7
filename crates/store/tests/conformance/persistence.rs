//! Committed data is still there after the database is opened again.

use std::path::Path;

use seatkeeper_domain::CatalogVersion;
use seatkeeper_store::{SqlStore, SqliteOptions, Store, StoreError};

use crate::fixture::{lock, new_customer, new_user};
use crate::observed::Observed;
use crate::sequences::{run, transactions};
use crate::stores::{empty_postgres, open_postgres, open_sqlite};

#[tokio::test]
async fn sqlite_opened_again_shows_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let store = open_sqlite(&directory).await;
    let before = work(&store).await;
    store.close().await.unwrap();
    compare(&open_sqlite(&directory).await, before).await;
}

#[tokio::test]
async fn postgres_connected_again_shows_the_same() {
    let database = empty_postgres().await;
    let store = open_postgres(&database).await;
    let before = work(&store).await;
    store.close().await.unwrap();
    compare(&open_postgres(&database).await, before).await;
}

#[tokio::test]
async fn sqlite_dropped_amid_a_transaction_shows_what_was_committed() {
    let directory = tempfile::tempdir().unwrap();
    let store = open_sqlite(&directory).await;
    let before = work(&store).await;
    let customer = before[0].key();
    let mut tx = lock(&store, customer).await;
    tx.insert_users(vec![new_user("late")]).await.unwrap();
    drop(tx);
    store.close().await.unwrap();
    compare(&open_sqlite(&directory).await, before).await;
}

#[tokio::test]
async fn a_file_that_is_open_is_not_opened_again() {
    let directory = tempfile::tempdir().unwrap();
    let store = open_sqlite(&directory).await;
    let again = SqlStore::open_sqlite(directory.path(), SqliteOptions::default()).await;
    assert!(matches!(again, Err(StoreError::InUse { .. })), "{again:?}");
    store.close().await.unwrap();
    open_sqlite(&directory).await.ping().await.unwrap();
}

#[tokio::test]
async fn a_data_directory_is_made_where_it_is_missing() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("a").join("b");
    open(&missing).await.ping().await.unwrap();
    assert!(missing.is_dir());
}

#[tokio::test]
async fn a_file_may_be_named_instead_of_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("customers.db");
    open(&file).await.ping().await.unwrap();
    assert!(file.is_file());
}

async fn open(path: &Path) -> SqlStore {
    let opened = SqlStore::open_sqlite(path, SqliteOptions::default()).await;
    opened.unwrap()
}

/// Two customers, each changed by random transactions.
async fn work(store: &SqlStore) -> Vec<Observed> {
    let mut observed = Vec::new();
    for id in ["contoso", "fabrikam"] {
        let customer = store.create_customer(new_customer(id)).await.unwrap().key;
        for transactions in crate::generated::values(&transactions(), 3) {
            run(store, customer, &transactions).await;
        }
        observed.push(Observed::of(store, customer).await);
    }
    observed
}

async fn compare(store: &SqlStore, before: Vec<Observed>) {
    for expected in before {
        Observed::of(store, expected.key())
            .await
            .assert_same(&expected);
    }
    assert_eq!(store.count_customers().await.unwrap(), 2);
    assert_eq!(store.catalog(CatalogVersion(1)).await.unwrap(), None);
}
