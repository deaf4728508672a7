//! The sets of holders can be made anew from the licenses, as the migration does.

use sea_orm::ConnectionTrait;
use seatkeeper_domain::ProductKey;

use super::fixture;
use crate::Store as _;
use crate::sql::{SqlStore, gather_license_holders};

/// Licenses of two customers: more than are gathered at once.
const LICENSES: &str = "INSERT INTO licenses (customer_key, user_key, product_key, \
     disabled_plans, assign_time, changed_by) \
     WITH RECURSIVE numbers(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers \
     WHERE number < 30000) \
     SELECT 1 + number % 2, number * 5, 4, CASE WHEN number % 3 = 0 THEN '3 17' ELSE '' END, 0, 0 \
     FROM numbers";

#[tokio::test]
async fn holders_are_gathered_on_sqlite() {
    let (_directory, store) = fixture::sqlite().await;
    gathers(&store).await;
}

#[tokio::test]
async fn holders_are_gathered_on_postgres() {
    let (_database, store) = fixture::postgres().await;
    gathers(&store).await;
}

async fn gathers(store: &SqlStore) {
    let customer = fixture::customer(store).await.key;
    let writer = &store.pools.writer;
    writer.execute_unprepared(LICENSES).await.unwrap();
    gather_license_holders(writer).await.unwrap();
    let product = ProductKey(4);
    let counted = store.count_licenses(customer, &[product], None).await;
    let [count] = &counted.unwrap().holders[..] else {
        panic!("one product is held");
    };
    assert_eq!(count.users, 15_000);
    let plans_off: Vec<_> = count
        .plans_off
        .iter()
        .map(|(plan, off)| (plan.0, *off))
        .collect();
    assert_eq!(plans_off, [(3, 5_000), (17, 5_000)]);
    let holders = store.holders(customer, product).await.unwrap();
    assert!(
        holders
            .iter()
            .eq((1..=15_000).map(|number| seatkeeper_domain::UserKey(number * 10)))
    );
}
