use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use futures::poll;
use seatkeeper_domain::{BatchKey, Customer, CustomerKey, Effect, UserKey};
use seatkeeper_store::Store;
use tokio::time::timeout;

use crate::fixture::{at, lock, new_user, principal};
use crate::stores::{on_every_store, where_customers_write_at_once};

/// A timeout far above the duration of any test here.
const FOREVER: Duration = Duration::from_secs(20);

on_every_store! {
    async fn a_second_transaction_waits_for_the_commit(fixture: Fixture) {
        let mut first = fixture.lock().await;
        let mut second = Box::pin(lock(&*fixture.store, fixture.customer));
        assert!(poll!(&mut second).is_pending());
        first.insert_users(vec![new_user("ann")]).await.unwrap();
        assert!(poll!(&mut second).is_pending());
        first.commit().await.unwrap();
        let second = timeout(FOREVER, second).await.unwrap();
        assert_eq!(second.last_user_key(), UserKey(1));
        assert_eq!(second.customer().user_count, 1);
    }

    async fn a_second_transaction_waits_for_the_drop(fixture: Fixture) {
        let mut first = fixture.lock().await;
        first.insert_users(vec![new_user("ann")]).await.unwrap();
        let mut second = Box::pin(lock(&*fixture.store, fixture.customer));
        assert!(poll!(&mut second).is_pending());
        drop(first);
        let second = timeout(FOREVER, second).await.unwrap();
        assert_eq!(second.last_user_key(), UserKey(0));
    }

    async fn reads_never_wait(fixture: Fixture) {
        let mut tx = fixture.lock().await;
        tx.insert_users(vec![new_user("ann")]).await.unwrap();
        let reads = async {
            assert!(fixture.users().await.is_empty());
            assert_eq!(fixture.journal().await.len(), 1);
            fixture.row().await
        };
        let row = timeout(FOREVER, reads).await.unwrap();
        assert_eq!(row.user_count, 0);
    }

    async fn no_change_is_lost_among_many_who_read_and_write(fixture: Fixture) {
        const WRITERS: i64 = 40;
        let writers = (0..WRITERS).map(|_| {
            let store = Arc::clone(&fixture.store);
            let customer = fixture.customer;
            tokio::spawn(async move { count_up(&*store, customer).await })
        });
        for writer in writers.collect::<Vec<_>>() {
            timeout(FOREVER, writer).await.unwrap().unwrap();
        }
        assert_eq!(fixture.row().await.revision, 1 + WRITERS);
        assert_eq!(fixture.journal().await.len(), 41);
    }

    async fn waiters_are_served_in_the_order_they_came(fixture: Fixture) {
        let first = fixture.lock().await;
        let mut waiters = Vec::new();
        for number in 0..5 {
            let mut waiter = Box::pin(append_when_let_in(&*fixture.store, fixture.customer, number));
            assert!(poll!(&mut waiter).is_pending());
            waiters.push(waiter);
        }
        drop(first);
        timeout(FOREVER, join_all(waiters)).await.unwrap();
        let order = fixture.journal().await.into_iter().skip(1).map(|entry| entry.time);
        assert_eq!(order.collect::<Vec<_>>(), [0, 1, 2, 3, 4].map(at));
    }

    async fn a_customer_is_created_beside_many_who_wait(fixture: Fixture) {
        let first = fixture.lock().await;
        let mut waiters = join_all((0..30).map(|_| pass(&*fixture.store, fixture.customer)));
        assert!(poll!(&mut waiters).is_pending());
        drop(first);
        timeout(FOREVER, waiters).await.unwrap();
        fixture.another_customer("fabrikam").await;
    }
}

where_customers_write_at_once! {
    async fn another_customer_does_not_wait(fixture: Fixture) {
        let neighbor = fixture.another_customer("fabrikam").await;
        let mut held = fixture.lock().await;
        held.insert_users(vec![new_user("ann")]).await.unwrap();
        let other = async {
            let mut tx = lock(&*fixture.store, neighbor).await;
            tx.insert_users(vec![new_user("bob")]).await.unwrap();
            tx.commit().await.unwrap();
            fixture.another_customer("adatum").await;
        };
        timeout(FOREVER, other).await.unwrap();
        held.commit().await.unwrap();
        assert_eq!(fixture.users().await.len(), 1);
    }

    async fn many_waiters_for_one_customer_do_not_block_another(fixture: Fixture) {
        let neighbor = fixture.another_customer("fabrikam").await;
        let held = fixture.lock().await;
        let mut waiters = join_all((0..60).map(|_| pass(&*fixture.store, fixture.customer)));
        assert!(poll!(&mut waiters).is_pending());
        let other = async {
            tokio::select! {
                biased;
                _ = &mut waiters => panic!("the lock is held"),
                () = count_up(&*fixture.store, neighbor) => {}
            }
        };
        timeout(FOREVER, other).await.unwrap();
        drop(held);
        timeout(FOREVER, waiters).await.unwrap();
    }
}

async fn append_when_let_in(store: &dyn Store, customer: CustomerKey, number: i64) {
    let mut tx = lock(store, customer).await;
    let batch = BatchKey(number);
    let effect = Effect::BatchAccepted { batch };
    tx.append(at(number), &principal(), effect).await.unwrap();
    tx.commit().await.unwrap();
}

/// Takes the lock and releases it.
async fn pass(store: &dyn Store, customer: CustomerKey) {
    drop(lock(store, customer).await);
}

/// Reads the revision, lets other tasks run, and writes the next revision.
async fn count_up(store: &dyn Store, customer: CustomerKey) {
    let mut tx = lock(store, customer).await;
    let read = tx.customer().clone();
    tokio::task::yield_now().await;
    let revision = read.revision + 1;
    tx.save_customer(Customer { revision, ..read })
        .await
        .unwrap();
    let batch = BatchKey(revision);
    let effect = Effect::BatchAccepted { batch };
    tx.append(at(revision), &principal(), effect).await.unwrap();
    tx.commit().await.unwrap();
}
