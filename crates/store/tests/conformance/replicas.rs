//! Several servers on one PostgreSQL database, each with a store of its own.

use std::time::Duration;

use seatkeeper_domain::{CatalogVersion, CustomerKey, UserKey};
use seatkeeper_store::{NewCatalog, SqlStore, Store};
use seatkeeper_testkit::TestDatabase;
use tokio::time::{sleep, timeout};

use crate::fixture::{assert_taken, at, lock, new_customer, new_user, principal};
use crate::stores::{empty_postgres, open_postgres};

const FOREVER: Duration = Duration::from_secs(20);
const POLL_INTERVAL: Duration = Duration::from_millis(10);

#[tokio::test]
async fn servers_that_start_together_share_one_schema() {
    let database = empty_postgres().await;
    let (a, b, c) = tokio::join!(
        open_postgres(&database),
        open_postgres(&database),
        open_postgres(&database)
    );
    let customer = a.create_customer(new_customer("contoso")).await.unwrap();
    for store in [b, c] {
        let found = store.customer_by_key(customer.key).await.unwrap();
        assert_eq!(found.as_ref(), Some(&customer));
    }
}

#[tokio::test]
async fn a_customer_locked_by_one_server_keeps_another_waiting() {
    let (database, [one, two], customer) = two_servers().await;
    let mut first = lock(&one, customer).await;
    first.insert_users(vec![new_user("ann")]).await.unwrap();
    let second = tokio::spawn(async move {
        let tx = lock(&two, customer).await;
        (tx.last_user_key(), tx.customer().user_count)
    });
    wait_for_a_waiter(&database).await;
    assert!(!second.is_finished());
    first.commit().await.unwrap();
    let seen = timeout(FOREVER, second).await.unwrap().unwrap();
    assert_eq!(seen, (UserKey(1), 1));
}

#[tokio::test]
async fn a_customer_deleted_by_one_server_is_gone_for_the_one_that_waits() {
    let (database, [one, two], customer) = two_servers().await;
    let mut first = lock(&one, customer).await;
    let second = tokio::spawn(async move {
        let tx = two.lock_customer(customer).await.unwrap();
        tx.is_none()
    });
    wait_for_a_waiter(&database).await;
    first.delete_customer().await.unwrap();
    first.commit().await.unwrap();
    assert!(timeout(FOREVER, second).await.unwrap().unwrap());
}

#[tokio::test]
async fn servers_that_take_turns_lose_no_change_and_leave_no_gap() {
    let (_database, servers, customer) = two_servers().await;
    let count_up = async |store: &SqlStore| {
        for _ in 0..20 {
            let mut tx = lock(store, customer).await;
            let mut row = tx.customer().clone();
            row.revision += 1;
            let effect = seatkeeper_domain::Effect::CustomerChanged(row.clone());
            tx.save_customer(row).await.unwrap();
            tx.append(at(1), &principal(), effect).await.unwrap();
            tx.commit().await.unwrap();
        }
    };
    let both = async { tokio::join!(count_up(&servers[0]), count_up(&servers[1])) };
    timeout(FOREVER, both).await.unwrap();
    let row = servers[0].customer_by_key(customer).await.unwrap().unwrap();
    assert_eq!(row.revision, 41);
    let start = seatkeeper_domain::JournalSequence(0);
    let journal = servers[1].journal(customer, start, 100).await.unwrap();
    let sequences: Vec<_> = journal.iter().map(|entry| entry.sequence.0).collect();
    assert_eq!(sequences, (1..=41).collect::<Vec<_>>());
}

#[tokio::test]
async fn of_two_servers_that_import_at_once_one_wins() {
    let (_database, [one, two], _) = two_servers().await;
    let new = || NewCatalog {
        previous: None,
        catalog: seatkeeper_domain::Catalog::default(),
        principal: principal(),
        time: at(0),
    };
    let (first, second) = tokio::join!(one.save_catalog(new()), two.save_catalog(new()));
    let (won, lost) = if first.is_ok() {
        (first, second)
    } else {
        (second, first)
    };
    assert_eq!(won.unwrap(), CatalogVersion(1));
    assert_taken(lost, "catalog version");
}

/// Waits until a session of the database waits for a lock.
async fn wait_for_a_waiter(database: &TestDatabase) {
    let waiting = "SELECT COUNT(*) FROM pg_stat_activity \
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let waits = async {
        while database.query(waiting).unwrap().trim() == "0" {
            sleep(POLL_INTERVAL).await;
        }
    };
    timeout(FOREVER, waits).await.expect("a server waits");
}

async fn two_servers() -> (TestDatabase, [SqlStore; 2], CustomerKey) {
    let database = empty_postgres().await;
    let one = open_postgres(&database).await;
    let two = open_postgres(&database).await;
    let customer = one.create_customer(new_customer("contoso")).await.unwrap();
    (database, [one, two], customer.key)
}
