use std::path::Path;

use super::fixture;
use crate::{Backup, SqlStore, SqliteOptions, Store, StoreError};

const FILE: &str = "seatkeeper.db";

async fn users(path: &Path) -> i64 {
    let store = SqlStore::open_sqlite(path, SqliteOptions::default()).await;
    let store = store.unwrap();
    let customers = store.list_customers(None, 1).await.unwrap();
    let counted = store.count_users(customers[0].key, None).await.unwrap();
    store.close().await.unwrap();
    counted
}

#[tokio::test]
async fn uncommitted_changes_are_not_in_the_backup() {
    let (directory, store) = fixture::sqlite().await;
    let customer = fixture::customer(&store).await.key;
    let mut tx = store.lock_customer(customer).await.unwrap().unwrap();
    tx.insert_users(vec![fixture::user(1)]).await.unwrap();
    tx.commit().await.unwrap();
    let mut open = store.lock_customer(customer).await.unwrap().unwrap();
    open.insert_users(vec![fixture::user(2)]).await.unwrap();
    let to = tempfile::tempdir().unwrap();
    Backup::of_sqlite(directory.path(), to.path())
        .await
        .unwrap();
    open.commit().await.unwrap();
    assert_eq!(users(to.path()).await, 1);
}

#[tokio::test]
async fn a_copy_that_was_cut_off_is_made_anew() {
    let (directory, store) = fixture::sqlite().await;
    fixture::customer(&store).await;
    let to = tempfile::tempdir().unwrap();
    let partial = to.path().join("seatkeeper.db.partial");
    std::fs::write(&partial, "the beginning of a copy").unwrap();
    Backup::of_sqlite(directory.path(), to.path())
        .await
        .unwrap();
    assert!(!partial.exists());
    assert_eq!(users(to.path()).await, 0);
}

#[tokio::test]
async fn the_log_of_another_database_is_in_the_way() {
    let (directory, _store) = fixture::sqlite().await;
    let to = tempfile::tempdir().unwrap();
    let log = to.path().join("seatkeeper.db-wal");
    std::fs::write(&log, "the log of another database").unwrap();
    let refused = Backup::of_sqlite(directory.path(), to.path()).await;
    let StoreError::Exists { path } = refused.unwrap_err() else {
        panic!("the existing file must be an error");
    };
    assert_eq!(path, log);
    assert!(!to.path().join(FILE).exists());
}
