//! Licenses are found by their whole key, or by its known part, in a new database without
//! statistics and in one with many users.

use sea_orm::{DatabaseConnection, Statement};
use seatkeeper_domain::{CustomerKey, ProductKey, RelevantProducts, UserKey};

use super::super::everyones_licenses;
use super::{USERS, plan_beside};
use crate::LicensePageQuery;
use crate::sql::chunks;
use crate::sql::licenses::by_key::joined;
use crate::sql::licenses::{LicenseLookup, deletion, page_statement, walk_statement};
use crate::sql::query::{Column, Query};
use crate::sql::user_keys::UserKeys;

/// Expects a seek, with no users and with many users. Returns the plans.
async fn expect(
    statement: impl Fn(&DatabaseConnection, CustomerKey) -> Statement,
    seek: &str,
) -> Vec<String> {
    let mut plans = Vec::new();
    for users in [0, USERS] {
        let plan = plan_beside(users, &statement).await;
        let seek = format!("Index Cond: ((customer_key = $1) AND {seek})");
        assert!(plan.contains(&seek), "with {users} users: {plan}");
        assert!(!plan.contains("Seq Scan"), "with {users} users: {plan}");
        plans.push(plan);
    }
    plans
}

/// Expects that rows are found in order, so that a limit ends the search.
fn expect_end(plans: &[String]) {
    for plan in plans {
        let (_, limited) = plan.rsplit_once("Limit").expect("a plan with a limit");
        assert!(!limited.contains("Sort"), "{plan}");
    }
}

fn keys() -> Vec<i64> {
    (1..=USERS / 3).map(|key| key * 3).collect()
}

/// A statement on the rows that `condition` selects.
fn write(
    db: &DatabaseConnection,
    customer: CustomerKey,
    products: &[ProductKey],
    users: UserKeys<'_>,
) -> Statement {
    let mut query = Query::new(db);
    let customer = query.bind(customer.0);
    let lookup = LicenseLookup::of(&mut query, &customer, products, users);
    let condition = lookup.condition(&mut query);
    query.statement(format!("DELETE FROM licenses WHERE {condition}"))
}

fn listed(query: &mut Query, customer: CustomerKey) -> String {
    let columns = vec![
        ("user_key", Column::Integers(vec![3, 900])),
        ("product_key", Column::Integers(vec![1, 2])),
        ("changed_by", Column::Integers(vec![1, 2])),
    ];
    query.rows(customer, columns)
}

#[tokio::test]
async fn a_range_of_users_is_looked_up_in_each_product() {
    let chunk = |db: &DatabaseConnection, customer| {
        chunks::statement(
            db,
            customer,
            &UserKeys::Range(3, 900),
            &RelevantProducts::All,
        )
    };
    let seek = "(product_key = entitlements.product_key) \
                AND (user_key >= $4) AND (user_key <= $5)";
    expect(chunk, seek).await;
}

#[tokio::test]
async fn a_range_of_users_is_looked_up_in_each_relevant_product() {
    let relevant = RelevantProducts::Only([ProductKey(1), ProductKey(7)].into());
    let chunk = |db: &DatabaseConnection, customer| {
        chunks::statement(db, customer, &UserKeys::Range(3, 900), &relevant)
    };
    let seek = "(product_key = entitlements.product_key) \
                AND (user_key >= $5) AND (user_key <= $6)";
    expect(chunk, seek).await;
}

#[tokio::test]
async fn listed_users_are_looked_up_one_by_one_in_each_product() {
    let keys = keys();
    let chunk = |db: &DatabaseConnection, customer| {
        chunks::statement(db, customer, &UserKeys::List(&keys), &RelevantProducts::All)
    };
    expect(
        chunk,
        "(product_key = entitlements.product_key) AND (user_key = listed.value)",
    )
    .await;
}

#[tokio::test]
async fn a_page_of_everyones_licenses_has_an_end_in_each_product() {
    let page =
        |db: &DatabaseConnection, customer| page_statement(db, customer, &everyones_licenses());
    let plans = expect(
        page,
        "(product_key = entitlements.product_key) AND (user_key >= $2)",
    )
    .await;
    expect_end(&plans);
    for plan in &plans {
        assert_eq!(plan.matches("Limit").count(), 2, "{plan}");
    }
}

#[tokio::test]
async fn a_page_of_a_products_licenses_is_read_in_the_order_of_their_key() {
    let page = LicensePageQuery {
        product: Some(ProductKey(1)),
        ..everyones_licenses()
    };
    let page = |db: &DatabaseConnection, customer| page_statement(db, customer, &page);
    let plans = expect(page, "(product_key = $2) AND (user_key >= $3)").await;
    expect_end(&plans);
}

#[tokio::test]
async fn a_page_of_a_users_licenses_is_looked_up_by_their_key() {
    let page = LicensePageQuery {
        users: Some(vec![UserKey(3)]),
        ..everyones_licenses()
    };
    let page = |db: &DatabaseConnection, customer| page_statement(db, customer, &page);
    expect(
        page,
        "(product_key = entitlements.product_key) AND (user_key = $2)",
    )
    .await;
}

#[tokio::test]
async fn all_licenses_are_walked_in_the_order_of_their_key() {
    let after = Some((UserKey(3), ProductKey(1)));
    let walk = |db: &DatabaseConnection, customer| walk_statement(db, customer, after, 10);
    let plans = expect(walk, "(ROW(product_key, user_key) > ROW($3, $2))").await;
    expect_end(&plans);
}

#[tokio::test]
async fn a_range_of_users_is_written_to_by_key() {
    let write = |db: &DatabaseConnection, customer| {
        write(db, customer, &[ProductKey(1)], UserKeys::Range(3, 900))
    };
    expect(
        write,
        "(product_key = $2) AND (user_key >= $3) AND (user_key <= $4)",
    )
    .await;
}

#[tokio::test]
async fn a_range_of_users_is_written_to_by_key_in_each_product() {
    let products = [ProductKey(1), ProductKey(7)];
    let write =
        |db: &DatabaseConnection, customer| write(db, customer, &products, UserKeys::Range(3, 900));
    expect(
        write,
        r#"(product_key = "*VALUES*".column1) AND (user_key >= $4) AND (user_key <= $5)"#,
    )
    .await;
}

#[tokio::test]
async fn listed_users_are_written_to_one_by_one() {
    let keys = keys();
    let write = |db: &DatabaseConnection, customer| {
        write(db, customer, &[ProductKey(1)], UserKeys::List(&keys))
    };
    expect(write, "(product_key = $2) AND (user_key = listed.value)").await;
}

#[tokio::test]
async fn listed_licenses_are_deleted_one_by_one() {
    let deletion = |db: &DatabaseConnection, customer| {
        let mut query = Query::new(db);
        let listed = listed(&mut query, customer);
        let text = deletion(&query, &listed);
        query.statement(text)
    };
    expect(
        deletion,
        "(product_key = unnested.product_key) AND (user_key = unnested.user_key)",
    )
    .await;
}

#[tokio::test]
async fn listed_licenses_are_updated_one_by_one() {
    let update = |db: &DatabaseConnection, customer| {
        let mut query = Query::new(db);
        let listed = listed(&mut query, customer);
        let (listed, same) = joined(&query, "licenses", listed);
        query.statement(format!(
            "UPDATE licenses SET changed_by = listed.changed_by FROM {listed} WHERE {same}"
        ))
    };
    expect(
        update,
        "(product_key = unnested.product_key) AND (user_key = unnested.user_key)",
    )
    .await;
}
