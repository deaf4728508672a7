//! A caller that disconnects at any await leaves nothing behind: no lock, no open transaction. A test
//! of its own, so that few crates are built for its mutant.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::time::Duration;

use futures::future::join_all;
use futures::poll;
use seatkeeper_domain::{CustomerId, CustomerKey, Effect, Principal, Timestamp, UserId, UserState};
use seatkeeper_store::{NewCustomer, NewUser, PostgresOptions, SqlStore, SqliteOptions, Store};
use seatkeeper_testkit::{PostgresCluster, TestDatabase};
use tempfile::TempDir;
use tokio::time::timeout;

const ROUNDS: u64 = 60;

/// Reads to drop, each one step later than the one before.
const READS_CUT_OFF: usize = 120;

/// The number of steps after which dropping starts over at the first step.
const STEPS: usize = 12;

/// More concurrent reads than reading connections.
const READS_AT_ONCE: usize = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hanging_up_leaves_sqlite_usable() {
    let (_directory, store) = sqlite().await;
    hang_up(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hanging_up_leaves_postgres_usable() {
    let (_database, store) = postgres().await;
    hang_up(&store).await;
}

/// Drops transactions after increasing times, then writes and reads with new transactions.
async fn hang_up(store: &SqlStore) {
    let customer = customer(store).await;
    for round in 0..ROUNDS {
        let cut_off = Duration::from_micros(round * 40);
        let _ = timeout(cut_off, async {
            let mut tx = store.lock_customer(customer).await.unwrap().unwrap();
            tx.insert_users(vec![user(1)]).await.unwrap();
            let effect = Effect::UserDeleted {
                user: UserId::parse("nobody").unwrap(),
            };
            let time = Timestamp::from_micros(2);
            tx.append(time, &Principal::local(), effect).await.unwrap();
            tokio::time::sleep(Duration::from_mins(1)).await;
            tx.commit().await.unwrap();
        })
        .await;
    }
    let mut tx = store.lock_customer(customer).await.unwrap().unwrap();
    assert_eq!(tx.customer().user_count, 0);
    let keys = tx.insert_users(vec![user(1)]).await.unwrap();
    assert_eq!(keys.len(), 1);
    tx.commit().await.unwrap();
    let id = user(1).id;
    assert!(store.user(customer, &id).await.unwrap().is_some());
    assert_eq!(store.count_users(customer, None).await.unwrap(), 1);
}

#[tokio::test]
async fn reads_after_hanging_up_are_current_on_sqlite() {
    let (_directory, store) = sqlite().await;
    assert!(!reads_are_stale_after_hanging_up(&store).await);
}

#[tokio::test]
async fn reads_after_hanging_up_are_current_on_postgres() {
    let (_database, store) = postgres().await;
    assert!(!reads_are_stale_after_hanging_up(&store).await);
}

/// Drops reads while their transactions begin. Returns true when later reads are stale, because a
/// leaked transaction still sees the moment of its first read.
async fn reads_are_stale_after_hanging_up(store: &SqlStore) -> bool {
    let customer = customer(store).await;
    for round in 0..READS_CUT_OFF {
        let mut read = Box::pin(store.entitlements(customer, None));
        for _ in 0..round % STEPS {
            if poll!(&mut read).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    for number in 1..=3 {
        if counts(store, customer)
            .await
            .iter()
            .any(|&count| count != number - 1)
        {
            return true;
        }
        let mut tx = store.lock_customer(customer).await.unwrap().unwrap();
        tx.insert_users(vec![user(number)]).await.unwrap();
        tx.commit().await.unwrap();
    }
    false
}

/// The number of users that each of many concurrent reads sees.
async fn counts(store: &SqlStore, customer: CustomerKey) -> Vec<i64> {
    let reads = (0..READS_AT_ONCE).map(|_| store.count_users(customer, None));
    let counts = join_all(reads).await.into_iter();
    counts.map(Result::unwrap).collect()
}

async fn sqlite() -> (TempDir, SqlStore) {
    let directory = TempDir::new().unwrap();
    let store = SqlStore::open_sqlite(directory.path(), SqliteOptions::default()).await;
    (directory, store.unwrap())
}

async fn postgres() -> (TestDatabase, SqlStore) {
    let cluster = PostgresCluster::shared().unwrap();
    let database = cluster.create_database().unwrap();
    let store = SqlStore::open_postgres(&database.url(), PostgresOptions::default()).await;
    (database, store.unwrap())
}

async fn customer(store: &SqlStore) -> CustomerKey {
    let new = NewCustomer {
        id: CustomerId::parse("contoso").unwrap(),
        display_name: "Contoso".to_owned(),
        principal: Principal::local(),
        time: Timestamp::from_micros(1),
    };
    store.create_customer(new).await.unwrap().key
}

fn user(number: i64) -> NewUser {
    NewUser {
        id: UserId::parse(&format!("user{number}")).unwrap(),
        sign_in_name: format!("user{number}@contoso.com"),
        display_name: format!("User {number}"),
        department: String::new(),
        job_title: String::new(),
        usage_location: None,
        state: UserState::Active,
        create_time: Timestamp::from_micros(number),
    }
}
