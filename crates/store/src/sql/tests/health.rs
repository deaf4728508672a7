//! The health check reports the state of the database, not the load of its pools.

use std::task::Poll;
use std::time::Duration;

use futures::poll;
use sea_orm::ConnectionTrait;

use super::fixture;
use crate::{SqlStore, SqliteOptions, Store, StoreError};

async fn all_readers(store: &SqlStore, count: usize) {
    let mut taken = Vec::new();
    for _ in 0..count {
        taken.push(store.pools.read().await.unwrap());
    }
    let mut further = Box::pin(store.pools.read());
    assert!(poll!(&mut further).is_pending());
    store.ping().await.unwrap();
}

#[tokio::test]
async fn sqlite_is_well_while_all_its_readers_are_taken() {
    let (_directory, store) = fixture::sqlite().await;
    all_readers(&store, 4).await;
}

#[tokio::test]
async fn postgres_is_well_while_all_its_readers_are_taken() {
    let (_database, store) = fixture::postgres().await;
    all_readers(&store, 8).await;
}

#[tokio::test]
async fn postgres_is_well_while_all_its_writers_are_taken() {
    let (_database, store) = fixture::postgres().await;
    let mut taken = Vec::new();
    for _ in 0..store.writers() {
        taken.push(store.pools.begin_write().await.unwrap());
    }
    store.ping().await.unwrap();
}

/// SQLite grants its lock in no defined order, so the probe may never get it.
#[tokio::test]
async fn sqlite_is_well_while_one_transaction_after_the_other_commits() {
    let (_directory, store) = fixture::sqlite().await;
    let customer = fixture::customer(&store).await.key;
    let mut tx = store.lock_customer(customer).await.unwrap().unwrap();
    let mut ping = Box::pin(store.ping());
    let mut number = 0;
    let answer = 'told: loop {
        for _ in 0..4 {
            if let Poll::Ready(answer) = poll!(&mut ping) {
                break 'told answer;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // Frees the lock for a moment, but the probe does not run then.
        number += 1;
        tx.insert_users(vec![fixture::user(number)]).await.unwrap();
        tx.commit().await.unwrap();
        tx = store.lock_customer(customer).await.unwrap().unwrap();
    };
    answer.unwrap();
}

#[tokio::test]
async fn sqlite_is_not_well_while_a_transaction_does_not_end() {
    let (_directory, store) = fixture::sqlite().await;
    let _open = store.pools.begin_write().await.unwrap();
    let mut ping = Box::pin(store.ping());
    for _ in 0..10 {
        assert!(poll!(&mut ping).is_pending());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_database_that_takes_no_writes_is_not_well() {
    let (directory, _store) = fixture::sqlite().await;
    let read_only = SqlStore::read_sqlite(directory.path(), SqliteOptions::default()).await;
    let error = read_only.unwrap().ping().await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
}

#[tokio::test]
async fn a_database_without_its_tables_is_not_well() {
    let (_directory, store) = fixture::sqlite().await;
    let lose = "ALTER TABLE customers RENAME TO lost";
    store.pools.writer.execute_unprepared(lose).await.unwrap();
    store.ping().await.unwrap_err();
}
