//! Reads licenses: pages of them, or all.

use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use seatkeeper_domain::{
    CustomerKey, HeldLicense, JournalSequence, License, ProductKey, RelevantProducts, Timestamp,
    UserId, UserKey,
};

use super::TABLE;
use super::lookup::{self, LicenseLookup};
use crate::sql::enum_codes;
use crate::sql::error::{classify, corrupt};
use crate::sql::holdings::parse_plans;
use crate::sql::query::Query;
use crate::sql::user_keys::UserKeys;
use crate::{LicensePageQuery, LicenseRow, StoreResult};

#[derive(FromQueryResult)]
struct Row {
    user_key: i64,
    product_key: i32,
    disabled_plans: String,
    assign_time: i64,
    changed_by: i64,
    user_id: Option<String>,
}

/// One page of licenses, by user in directory order, then by product. A license without its user is
/// an error: the database is damaged.
pub(in crate::sql) async fn page(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    page: &LicensePageQuery,
) -> StoreResult<Vec<License>> {
    let rows = Row::find_by_statement(page_statement(db, customer, page)).all(db);
    let rows = rows.await.map_err(classify)?;
    rows.iter().map(|row| row.license(customer)).collect()
}

/// The statement behind [`page`].
pub(in crate::sql) fn page_statement(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    page: &LicensePageQuery,
) -> Statement {
    let mut query = Query::new(db);
    let customer = query.bind(customer.0);
    let table = page_table(&mut query, &customer, page);
    let mut conditions = vec![format!("customer_key = {customer}")];
    if let Some(product) = page.product {
        let product = query.bind(i64::from(product.0));
        conditions.push(format!("product_key = {product}"));
    }
    if let Some((user, product)) = page.after {
        let user = query.bind(user.0);
        let product = query.bind(i64::from(product.0));
        conditions.push(format!(
            "user_key >= {user} AND (user_key > {user} OR product_key > {product})"
        ));
    }
    let conditions = conditions.join(" AND ");
    let limit = query.bind(limit(page.limit));
    let text = with_users(
        &customer,
        &table,
        &conditions,
        "user_key, product_key",
        &limit,
    );
    query.statement(text)
}

/// The table of the licenses that may be on a page.
fn page_table(query: &mut Query, customer: &str, page: &LicensePageQuery) -> String {
    let Some(users) = &page.users else {
        if page.product.is_some() {
            return TABLE.to_owned();
        }
        let from = page.after.map_or(UserKey(0), |(user, _)| user);
        return lookup::of_all_users(query, customer, from, limit(page.limit));
    };
    let mut users: Vec<i64> = users.iter().map(|user| user.0).collect();
    users.sort_unstable();
    users.dedup();
    let user_keys = UserKeys::exact(&users).unwrap_or(UserKeys::List(&[]));
    let lookup = match page.product {
        Some(product) => LicenseLookup::of(query, customer, &[product], user_keys),
        None => LicenseLookup::relevant(query, customer, &RelevantProducts::All, user_keys),
    };
    lookup.table(query)
}

fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// Licenses as stored, also those whose user does not exist, in their physical order.
pub(in crate::sql) async fn rows(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    after: Option<(UserKey, ProductKey)>,
    limit: usize,
) -> StoreResult<Vec<LicenseRow>> {
    let rows = Row::find_by_statement(walk_statement(db, customer, after, limit)).all(db);
    let rows = rows.await.map_err(classify)?;
    rows.iter().map(|row| row.parse(customer)).collect()
}

/// The statement behind [`rows`].
pub(in crate::sql) fn walk_statement(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    after: Option<(UserKey, ProductKey)>,
    limit: usize,
) -> Statement {
    let mut query = Query::new(db);
    let customer = query.bind(customer.0);
    let after = after.map(|(user, product)| (user.0, i64::from(product.0)));
    let (user, product) = after.unwrap_or((0, -1));
    let user = query.bind(user);
    let product = query.bind(product);
    let limit = query.bind(self::limit(limit));
    let after =
        format!("customer_key = {customer} AND (product_key, user_key) > ({product}, {user})");
    let text = with_users(&customer, TABLE, &after, "product_key, user_key", &limit);
    query.statement(text)
}

/// Selects licenses of a table with the identifiers of their users; only users of selected rows are
/// looked up.
fn with_users(customer: &str, table: &str, conditions: &str, order: &str, limit: &str) -> String {
    format!(
        "SELECT user_key, product_key, disabled_plans, assign_time, changed_by, \
         (SELECT user_id FROM users WHERE users.customer_key = {customer} \
         AND users.user_key = selected.user_key) AS user_id \
         FROM (SELECT * FROM {table} WHERE {conditions} \
         ORDER BY {order} LIMIT {limit}) AS selected ORDER BY {order}"
    )
}

impl Row {
    fn key(&self, customer: CustomerKey) -> (i64, i64, i32) {
        (customer.0, self.user_key, self.product_key)
    }

    fn license(&self, customer: CustomerKey) -> StoreResult<License> {
        let row = self.parse(customer)?;
        Ok(License {
            user: row.user,
            user_id: row
                .user_id
                .ok_or_else(|| corrupt(TABLE, self.key(customer), "the user does not exist"))?,
            held: row.held,
            assign_time: row.assign_time,
            changed_by: row.changed_by,
        })
    }

    fn parse(&self, customer: CustomerKey) -> StoreResult<LicenseRow> {
        let key = self.key(customer);
        let user_id = self.user_id.as_deref().map(UserId::parse).transpose();
        Ok(LicenseRow {
            user: UserKey(self.user_key),
            user_id: user_id.map_err(|error| corrupt("users", key, error))?,
            held: parse_held(key, &self.disabled_plans)?,
            assign_time: Timestamp::from_micros(self.assign_time),
            changed_by: JournalSequence(self.changed_by),
        })
    }
}

fn parse_held(key: (i64, i64, i32), plans: &str) -> StoreResult<HeldLicense> {
    Ok(HeldLicense {
        product: enum_codes::parse_product(key.2)
            .ok_or_else(|| corrupt(TABLE, key, "the product's key is negative"))?,
        disabled_plans: parse_plans(plans)
            .ok_or_else(|| corrupt(TABLE, key, "its disabled plans can't be read"))?,
    })
}

/// Whether a user holds any license.
pub(in crate::sql) async fn holds_any(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    user: UserKey,
) -> StoreResult<bool> {
    let page = LicensePageQuery {
        users: Some(vec![user]),
        product: None,
        after: None,
        limit: 1,
    };
    let row = db.query_one_raw(page_statement(db, customer, &page)).await;
    Ok(row.map_err(classify)?.is_some())
}
