//! On SQLite, finding the licenses of given users takes a seek in each product.

use sea_orm::{DatabaseConnection, QueryTrait, Statement};
use seatkeeper_domain::{
    ProductKey, RelevantProducts, UserFilter, UserKey, UserOrder, UserOrderField,
};

use super::{CUSTOMER, everyones_licenses, expect};
use crate::sql::licenses::{deletion, page_statement, walk_statement};
use crate::sql::query::{Column, Query};
use crate::sql::user_keys::UserKeys;
use crate::sql::{chunks, user_pages};
use crate::{LicensePageQuery, PageStart, UserPageQuery};

const BY_KEY: &str = "SEARCH licenses USING PRIMARY KEY \
                      (customer_key=? AND product_key=? AND user_key=?)";
const BY_RANGE: &str = "SEARCH licenses USING PRIMARY KEY \
                        (customer_key=? AND product_key=? AND user_key>? AND user_key<?)";

#[tokio::test]
async fn a_range_of_users_is_looked_up_in_each_product() {
    for relevant in [
        RelevantProducts::All,
        RelevantProducts::Only([ProductKey(1), ProductKey(7)].into()),
    ] {
        let chunk = |db: &DatabaseConnection| {
            chunks::statement(db, CUSTOMER, &UserKeys::Range(3, 900), &relevant)
        };
        expect(chunk, BY_RANGE).await;
    }
}

#[tokio::test]
async fn users_of_a_filtered_range_are_scanned_in_each_product() {
    let chunk = |db: &DatabaseConnection| {
        let user_keys = UserKeys::FilteredRange(3, 9, &[3, 9]);
        chunks::statement(db, CUSTOMER, &user_keys, &RelevantProducts::All)
    };
    expect(chunk, BY_RANGE).await;
}

#[tokio::test]
async fn listed_users_are_looked_up_in_each_product() {
    let chunk = |db: &DatabaseConnection| {
        let user_keys = UserKeys::List(&[3, 900]);
        chunks::statement(db, CUSTOMER, &user_keys, &RelevantProducts::All)
    };
    expect(chunk, BY_KEY).await;
}

#[tokio::test]
async fn listed_licenses_are_deleted_by_their_key() {
    let deletion = |db: &DatabaseConnection| {
        let mut query = Query::new(db);
        let columns = vec![
            ("user_key", Column::Integers(vec![3, 900])),
            ("product_key", Column::Integers(vec![1, 2])),
        ];
        let listed = query.rows(CUSTOMER, columns);
        let text = deletion(&query, &listed);
        query.statement(text)
    };
    expect(deletion, BY_KEY).await;
}

#[tokio::test]
async fn a_page_of_everyones_licenses_has_an_end_in_each_product() {
    let page = |db: &DatabaseConnection| page_statement(db, CUSTOMER, &everyones_licenses());
    let plan = expect(page, BY_RANGE).await;
    assert!(!plan.contains("SCAN licenses"), "{plan}");
}

#[tokio::test]
async fn a_page_of_a_users_licenses_is_looked_up_by_their_key() {
    let page = LicensePageQuery {
        users: Some(vec![UserKey(3)]),
        ..everyones_licenses()
    };
    expect(|db| page_statement(db, CUSTOMER, &page), BY_KEY).await;
}

#[tokio::test]
async fn a_page_of_listed_users_licenses_is_looked_up_by_their_keys() {
    let page = LicensePageQuery {
        users: Some(vec![UserKey(3), UserKey(900)]),
        ..everyones_licenses()
    };
    expect(|db| page_statement(db, CUSTOMER, &page), BY_KEY).await;
}

#[tokio::test]
async fn a_page_of_a_products_licenses_is_walked_in_the_order_of_their_key() {
    let page = LicensePageQuery {
        product: Some(ProductKey(1)),
        ..everyones_licenses()
    };
    let key = "PRIMARY KEY (customer_key=? AND product_key=? AND user_key>?)";
    let plan = expect(|db| page_statement(db, CUSTOMER, &page), key).await;
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
}

#[tokio::test]
async fn all_licenses_are_walked_in_the_order_of_their_key() {
    let after = Some((UserKey(3), ProductKey(1)));
    let walk = |db: &DatabaseConnection| walk_statement(db, CUSTOMER, after, 10);
    let key = "PRIMARY KEY (customer_key=? AND (product_key,user_key)>(?,?))";
    let plan = expect(walk, key).await;
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
}

#[tokio::test]
async fn whether_a_user_holds_anything_is_looked_up_in_each_product() {
    let page = UserPageQuery {
        filter: Some(UserFilter::HoldsAny),
        order: UserOrder {
            field: UserOrderField::DirectoryOrder,
            descending: false,
        },
        start: PageStart::First,
        limit: 100,
    };
    let users = |db: &DatabaseConnection| -> Statement {
        user_pages::select(CUSTOMER, &page).build(db.get_database_backend())
    };
    let plan = expect(users, BY_KEY).await;
    assert!(
        plan.contains("SEARCH entitlements USING PRIMARY KEY (customer_key=?)"),
        "{plan}"
    );
}
