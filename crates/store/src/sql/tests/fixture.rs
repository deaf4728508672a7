//! An empty store on each engine.

use seatkeeper_domain::{
    Customer, CustomerId, CustomerKey, Principal, Timestamp, UserId, UserState,
};
use seatkeeper_testkit::{PostgresCluster, TestDatabase};
use tempfile::TempDir;

use crate::{NewCustomer, NewUser, PostgresOptions, SqlStore, SqliteOptions, Store};

pub(super) async fn sqlite() -> (TempDir, SqlStore) {
    let directory = TempDir::new().unwrap();
    let store = SqlStore::open_sqlite(directory.path(), SqliteOptions::default()).await;
    (directory, store.unwrap())
}

pub(super) fn database() -> TestDatabase {
    let cluster = PostgresCluster::shared().unwrap();
    cluster.create_database().unwrap()
}

pub(super) async fn postgres() -> (TestDatabase, SqlStore) {
    let database = database();
    let store = SqlStore::open_postgres(&database.url(), PostgresOptions::default()).await;
    (database, store.unwrap())
}

pub(super) async fn customer(store: &SqlStore) -> Customer {
    let new = NewCustomer {
        id: CustomerId::parse("contoso").unwrap(),
        display_name: "Contoso".to_owned(),
        principal: Principal::local(),
        time: Timestamp::from_micros(1),
    };
    store.create_customer(new).await.unwrap()
}

/// A customer with this number of users.
pub(super) async fn populate(store: &SqlStore, users: i64) -> CustomerKey {
    let customer = customer(store).await.key;
    add_users(store, customer, users).await;
    customer
}

pub(super) async fn add_users(store: &SqlStore, customer: CustomerKey, users: i64) {
    let mut tx = store.lock_customer(customer).await.unwrap().unwrap();
    let users = (1..=users).map(user).collect();
    tx.insert_users(users).await.unwrap();
    tx.commit().await.unwrap();
}

pub(super) fn user(number: i64) -> NewUser {
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
