//! Callers that hang up at any await leave nothing behind: no lock, no open transaction.

use std::time::Duration;

use seatkeeper_domain::{Actor, Effect, Timestamp, UserId};
use tokio::time::timeout;

use super::fixture;
use crate::{SqlStore, Store};

const ROUNDS: u64 = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hanging_up_leaves_sqlite_usable() {
    let (_directory, store) = fixture::sqlite().await;
    hang_up(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hanging_up_leaves_postgres_usable() {
    let (_database, store) = fixture::postgres().await;
    hang_up(&store).await;
}

/// Cuts transactions off after ever longer times, then writes and looks from outside.
async fn hang_up(store: &SqlStore) {
    let customer = fixture::customer(store).await;
    for round in 0..ROUNDS {
        let cut_off = Duration::from_micros(round * 40);
        let _ = timeout(cut_off, async {
            let mut tx = store.lock_customer(customer.key).await.unwrap().unwrap();
            tx.insert_users(vec![fixture::user(1)]).await.unwrap();
            let effect = Effect::UserDeleted {
                user: UserId::parse("nobody").unwrap(),
            };
            let time = Timestamp::from_micros(2);
            tx.append(time, &Actor::local(), effect).await.unwrap();
            tokio::time::sleep(Duration::from_mins(1)).await;
            tx.commit().await.unwrap();
        })
        .await;
    }
    let mut tx = store.lock_customer(customer.key).await.unwrap().unwrap();
    assert_eq!(tx.customer().user_count, 0);
    let keys = tx.insert_users(vec![fixture::user(1)]).await.unwrap();
    assert_eq!(keys.len(), 1);
    tx.commit().await.unwrap();
    let id = fixture::user(1).id;
    assert!(store.user(customer.key, &id).await.unwrap().is_some());
    assert_eq!(store.count_users(customer.key, None).await.unwrap(), 1);
}
