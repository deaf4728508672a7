//! PostgreSQL looks users and licenses up in the index that fits, whatever it knew of the tables when
//! it was first asked.

use sea_orm::{DatabaseConnection, Statement};
use seatkeeper_domain::{CustomerKey, ProductKey, RelevantProducts, UserKey};

use super::{explain, fixture, plan};
use crate::sql::licenses::{page_statement, walk_statement};
use crate::sql::scope::Scope;
use crate::sql::{chunks, users};
use crate::{LicensePageQuery, PostgresOptions, SqlStore};

/// Enough for a plan to matter.
const USERS: i64 = 5_000;

async fn expect(
    statement: impl FnOnce(&DatabaseConnection, CustomerKey) -> Statement,
    steps: &[&str],
) {
    let (_database, store) = fixture::postgres().await;
    let customer = fixture::populate(&store, USERS).await;
    let plan = plan(&store, |db| statement(db, customer)).await;
    for step in steps {
        assert!(plan.contains(step), "{plan}");
    }
    assert!(!plan.contains("Seq Scan"), "{plan}");
}

#[tokio::test]
async fn listed_users_are_sought_one_by_one() {
    let keys: Vec<i64> = (1..=USERS / 3).map(|key| key * 3).collect();
    let relevant = RelevantProducts::Only([ProductKey(1)].into());
    expect(
        |db, customer| chunks::statement(db, customer, &Scope::List(&keys), &relevant),
        &[
            "using users_pkey",
            "using licenses_pkey",
            "((customer_key = $1) AND (user_key = ANY ($2)))",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_range_of_users_is_sought() {
    let relevant = RelevantProducts::All;
    expect(
        |db, customer| chunks::statement(db, customer, &Scope::Range(3, 900), &relevant),
        &[
            "using users_pkey",
            "using licenses_pkey",
            "((customer_key = $1) AND (user_key >= $2) AND (user_key <= $3))",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_page_of_licenses_is_read_in_the_order_of_their_key() {
    let page = LicensePageQuery {
        users: None,
        product: None,
        after: Some((UserKey(3), ProductKey(1))),
        limit: 10,
    };
    let seek = "((customer_key = $1) AND (user_key >= $2))";
    let page = |db: &DatabaseConnection, customer| page_statement(db, customer, &page);
    expect(page, &["using licenses_pkey", seek]).await;
}

#[tokio::test]
async fn all_licenses_are_walked_in_the_order_of_their_key() {
    let after = Some((UserKey(3), ProductKey(1)));
    let seek = "((customer_key = $1) AND (ROW(user_key, product_key) > ROW($2, $3)))";
    let walk = |db: &DatabaseConnection, customer| walk_statement(db, customer, after, 10);
    expect(walk, &["using licenses_pkey", seek]).await;
}

#[tokio::test]
async fn a_lookup_planned_before_there_were_users_is_planned_anew_when_there_are_many() {
    let database = fixture::database();
    let options = PostgresOptions {
        // One of them reads, so that both plans are made by the same.
        max_connections: 2,
        ..PostgresOptions::default()
    };
    let store = SqlStore::open_postgres(&database.url(), options).await;
    let store = store.unwrap();
    let customer = fixture::customer(&store).await.key;
    let ids = [fixture::user(1).id];
    let resolution = users::resolution(&store.pools.reader, customer, &ids);
    let before = store.pools.begin_read().await.unwrap();
    explain::prepare(&before, &resolution).await;
    explain::plan_prepared(&before, &resolution).await;
    before.commit().await.unwrap();
    fixture::add_users(&store, customer, USERS).await;
    let after = store.pools.begin_read().await.unwrap();
    let plan = explain::plan_prepared(&after, &resolution).await;
    assert!(plan.contains("using users_by_id"), "{plan}");
    let seek = "((customer_key = $1) AND (user_id = numbered.value))";
    assert!(plan.contains(seek), "{plan}");
}
