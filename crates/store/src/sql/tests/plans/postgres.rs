//! PostgreSQL finds rows by the right index, with and without statistics at planning time.

mod licenses;

use sea_orm::{DatabaseConnection, Statement};
use seatkeeper_domain::{BatchKey, CustomerKey, RelevantProducts, RequestId};

use super::{explain, fixture, plan};
use crate::sql::lanes::Lane;
use crate::sql::user_keys::UserKeys;
use crate::sql::{batches, chunks, idempotency, users};
use crate::{PostgresOptions, SqlStore};

/// Enough users to make a bad plan visible.
const USERS: i64 = 5_000;

/// The plan in a customer with this number of users.
async fn plan_beside(
    users: i64,
    statement: impl FnOnce(&DatabaseConnection, CustomerKey) -> Statement,
) -> String {
    let (_database, store) = fixture::postgres().await;
    let customer = fixture::populate(&store, users).await;
    plan(&store, |db| statement(db, customer)).await
}

#[tokio::test]
async fn listed_users_are_looked_up_one_by_one() {
    let keys: Vec<i64> = (1..=USERS / 3).map(|key| key * 3).collect();
    let chunk = |db: &DatabaseConnection, customer| {
        chunks::statement(db, customer, &UserKeys::List(&keys), &RelevantProducts::All)
    };
    let plan = plan_beside(USERS, chunk).await;
    assert!(plan.contains("using users_pkey"), "{plan}");
    let seek = "((customer_key = $1) AND (user_key = ANY ($2)))";
    assert!(plan.contains(seek), "{plan}");
}

#[tokio::test]
async fn a_range_of_users_is_looked_up() {
    let chunk = |db: &DatabaseConnection, customer| {
        chunks::statement(
            db,
            customer,
            &UserKeys::Range(3, 900),
            &RelevantProducts::All,
        )
    };
    let plan = plan_beside(USERS, chunk).await;
    assert!(plan.contains("using users_pkey"), "{plan}");
    let seek = "((customer_key = $1) AND (user_key >= $2) AND (user_key <= $3))";
    assert!(plan.contains(seek), "{plan}");
}

#[tokio::test]
async fn listed_request_ids_are_looked_up_one_by_one() {
    let ids = ["one", "two"].map(|id| RequestId::parse(id).unwrap());
    let listed = |db: &DatabaseConnection, customer| idempotency::listed(db, customer, &ids);
    let plan = plan_beside(0, listed).await;
    let seek = "Index Cond: ((customer_key = $1) AND (request_id = numbered.value))";
    assert!(plan.contains(seek), "{plan}");
}

#[tokio::test]
async fn batches_whose_progress_is_asked_for_are_looked_up_one_by_one() {
    let progress = |db: &DatabaseConnection, customer| {
        batches::progress_statement(db, &[(customer, BatchKey(1)), (customer, BatchKey(2))])
    };
    let plan = plan_beside(0, progress).await;
    let seek = "Index Cond: ((customer_key = listed.customer_key) \
                AND (batch_key = listed.batch_key))";
    assert!(plan.contains(seek), "{plan}");
}

#[tokio::test]
async fn a_lookup_planned_before_there_were_users_is_planned_anew_when_there_are_many() {
    let database = fixture::database();
    // Consecutive reads use the same connection, so it makes both plans.
    let store = SqlStore::open_postgres(&database.url(), PostgresOptions::default()).await;
    let store = store.unwrap();
    let customer = fixture::customer(&store).await.key;
    let ids = [fixture::user(1).id];
    let resolution = users::resolution(&store.pools.writer, customer, &ids);
    let before = store.pools.begin_read(Lane::Cheap).await.unwrap();
    explain::prepare(&before, &resolution).await;
    explain::plan_prepared(&before, &resolution).await;
    drop(before);
    fixture::add_users(&store, customer, USERS).await;
    let after = store.pools.begin_read(Lane::Cheap).await.unwrap();
    let plan = explain::plan_prepared(&after, &resolution).await;
    assert!(plan.contains("using users_by_id"), "{plan}");
    let seek = "((customer_key = $1) AND (user_id = numbered.value))";
    assert!(plan.contains(seek), "{plan}");
}
