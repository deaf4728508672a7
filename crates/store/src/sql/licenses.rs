//! Licenses: pages of them, and writing what a chunk decided.

mod changes;
mod marks;

use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use seatkeeper_domain::{
    CustomerKey, HeldLicense, JournalSequence, License, ProductKey, Timestamp, UserId, UserKey,
};
use seatkeeper_fault::{Point, pass};

use self::changes::Group;
pub(super) use self::changes::HeldChanges;
pub(super) use self::marks::marks;
use super::code;
use super::error::{classify, corrupt, is_duplicate};
use super::holdings::parse_plans;
use super::query::{Column, Query};
use super::scope::Scope;
use crate::{LicensePageQuery, LicenseRow, StoreResult};

const TABLE: &str = "licenses";

/// Groups of licenses that are written by a statement each. More of them, because users have many
/// different plans off, and those of several journal entries, are written row by row of one
/// statement.
const GROUPS_MAX: usize = 16;

#[derive(FromQueryResult)]
struct Row {
    user_key: i64,
    product_key: i32,
    disabled_plans: String,
    assign_time: i64,
    changed_by: i64,
    user_id: String,
}

/// One page of licenses, by user in directory order, then by product.
pub(super) async fn page(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    page: &LicensePageQuery,
) -> StoreResult<Vec<License>> {
    let mut query = Query::new(db);
    let mut conditions = vec![format!("l.customer_key = {}", query.bind(customer.0))];
    match page.users.as_deref() {
        None => {}
        Some([user]) => conditions.push(format!("l.user_key = {}", query.bind(user.0))),
        Some(users) => {
            let users: Vec<i64> = users.iter().map(|user| user.0).collect();
            conditions.push(query.is_one_of("l.user_key", &users));
        }
    }
    if let Some(product) = page.product {
        conditions.push(format!(
            "l.product_key = {}",
            query.bind(i64::from(product.0))
        ));
    }
    if let Some((user, product)) = page.after {
        let user = query.bind(user.0);
        let product = query.bind(i64::from(product.0));
        conditions.push(format!(
            "l.user_key >= {user} AND (l.user_key > {user} OR l.product_key > {product})"
        ));
    }
    let limit = query.bind(i64::try_from(page.limit).unwrap_or(i64::MAX));
    let text = format!(
        "SELECT l.user_key, l.product_key, l.disabled_plans, l.assign_time, l.changed_by, u.user_id \
         FROM licenses AS l JOIN users AS u \
         ON u.customer_key = l.customer_key AND u.user_key = l.user_key \
         WHERE {} ORDER BY l.user_key, l.product_key LIMIT {limit}",
        conditions.join(" AND ")
    );
    let rows = Row::find_by_statement(query.statement(text)).all(db).await;
    rows.map_err(classify)?
        .into_iter()
        .map(|row| parse(customer, &row))
        .collect()
}

/// Licenses as they are, with or without the user they refer to.
pub(super) async fn rows(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    after: Option<(UserKey, ProductKey)>,
    limit: usize,
) -> StoreResult<Vec<LicenseRow>> {
    let mut query = Query::new(db);
    let customer_key = query.bind(customer.0);
    let after = after.map(|(user, product)| (user.0, i64::from(product.0)));
    let (user, product) = after.unwrap_or((0, -1));
    let user = query.bind(user);
    let product = query.bind(product);
    let limit = query.bind(i64::try_from(limit).unwrap_or(i64::MAX));
    let text = format!(
        "SELECT l.user_key, l.product_key, l.disabled_plans, l.assign_time, l.changed_by, u.user_id \
         FROM licenses AS l LEFT JOIN users AS u \
         ON u.customer_key = l.customer_key AND u.user_key = l.user_key \
         WHERE l.customer_key = {customer_key} AND l.user_key >= {user} \
         AND (l.user_key > {user} OR l.product_key > {product}) \
         ORDER BY l.user_key, l.product_key LIMIT {limit}"
    );
    let rows = BareRow::find_by_statement(query.statement(text)).all(db);
    let rows = rows.await.map_err(classify)?;
    rows.iter().map(|row| row.parse(customer)).collect()
}

#[derive(FromQueryResult)]
struct BareRow {
    user_key: i64,
    product_key: i32,
    disabled_plans: String,
    assign_time: i64,
    changed_by: i64,
    user_id: Option<String>,
}

impl BareRow {
    fn parse(&self, customer: CustomerKey) -> StoreResult<LicenseRow> {
        let key = (customer.0, self.user_key, self.product_key);
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
        product: code::parse_product(key.2)
            .ok_or_else(|| corrupt(TABLE, key, "the product's key is negative"))?,
        disabled_plans: parse_plans(plans)
            .ok_or_else(|| corrupt(TABLE, key, "its disabled plans can't be read"))?,
    })
}

fn parse(customer: CustomerKey, row: &Row) -> StoreResult<License> {
    let key = (customer.0, row.user_key, row.product_key);
    Ok(License {
        user: UserKey(row.user_key),
        user_id: UserId::parse(&row.user_id).map_err(|error| corrupt("users", key, error))?,
        held: parse_held(key, &row.disabled_plans)?,
        assign_time: Timestamp::from_micros(row.assign_time),
        changed_by: JournalSequence(row.changed_by),
    })
}

/// Writes what a chunk decided on licenses.
pub(super) async fn write(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    time: Timestamp,
    held: HeldChanges,
) -> StoreResult<()> {
    let writer = Writer { db, customer, time };
    for revoked in batched(held.revoked) {
        writer.delete(&revoked).await?;
        pass(Point::LicensesRevoked);
    }
    for updated in batched(held.updated) {
        writer.update(&updated).await?;
        pass(Point::LicensesUpdated);
    }
    for assigned in batched(held.assigned) {
        writer.insert(&assigned).await?;
        pass(Point::LicensesAssigned);
    }
    Ok(())
}

/// What one statement writes.
enum Write {
    /// The same licenses for many users.
    Group(Group),
    /// Licenses that all differ.
    Rows(Vec<Group>),
}

fn batched(groups: Vec<Group>) -> Vec<Write> {
    let one_entry = groups
        .array_windows()
        .all(|[one, next]| one.journaled == next.journaled);
    if groups.len() > GROUPS_MAX || !one_entry {
        return vec![Write::Rows(groups)];
    }
    groups.into_iter().map(Write::Group).collect()
}

struct Writer<'a> {
    db: &'a DatabaseTransaction,
    customer: CustomerKey,
    time: Timestamp,
}

impl Writer<'_> {
    async fn insert(&self, write: &Write) -> StoreResult<()> {
        let mut query = Query::new(self.db);
        let customer = query.bind(self.customer.0);
        let time = query.bind(self.time.as_micros());
        let (columns, listed) = match write {
            Write::Group(group) => Self::group_columns(&mut query, group)?,
            Write::Rows(groups) => (
                "user_key, product_key, disabled_plans, changed_by".to_owned(),
                query.rows(self.customer, row_columns(groups)),
            ),
        };
        let text = format!(
            "INSERT INTO licenses (customer_key, user_key, product_key, disabled_plans, \
             changed_by, assign_time) SELECT {customer}, {columns}, {time} FROM {listed}"
        );
        match self.db.execute_raw(query.statement(text)).await {
            Ok(_) => Ok(()),
            Err(error) if is_duplicate(&error) => {
                Err(self.contradiction("a license that is held can't be assigned"))
            }
            Err(error) => Err(classify(error)),
        }
    }

    /// The columns of a group's licenses, and the table they come from: user by user, so that
    /// rows are written in key order.
    fn group_columns(query: &mut Query, group: &Group) -> StoreResult<(String, String)> {
        let users = query.integers(&group.users);
        let journaled = query.bind(entry_of(group));
        if let [(product, plans)] = group.licenses.as_slice() {
            let product = query.bind(code::product(*product)?);
            let plans = query.bind(plans.as_str());
            return Ok((format!("value, {product}, {plans}, {journaled}"), users));
        }
        let products = group.licenses.iter().map(|(product, plans)| {
            let product = code::product(*product)?;
            Ok(format!("({product}, {})", query.bind(plans.as_str())))
        });
        let products = products.collect::<StoreResult<Vec<_>>>()?.join(", ");
        let products = query.values("product", &["product_key", "disabled_plans"], &products);
        Ok((
            format!("value, product.product_key, product.disabled_plans, {journaled}"),
            format!("{users} CROSS JOIN {products}"),
        ))
    }

    async fn update(&self, write: &Write) -> StoreResult<()> {
        let mut query = Query::new(self.db);
        let (text, count) = match write {
            Write::Group(group) => {
                let journaled = query.bind(entry_of(group));
                let customer = query.bind(self.customer.0);
                let (product, plans) = only_license(group);
                let product = query.bind(code::product(product)?);
                let plans = query.bind(plans);
                let users = condition(&mut query, group);
                let text = format!(
                    "UPDATE licenses SET disabled_plans = {plans}, changed_by = {journaled} \
                     WHERE customer_key = {customer} AND product_key = {product} AND {users}"
                );
                (text, group.users.len())
            }
            Write::Rows(groups) => {
                let listed = query.rows(self.customer, row_columns(groups));
                let text = format!(
                    "UPDATE licenses SET disabled_plans = listed.disabled_plans, \
                     changed_by = listed.changed_by FROM {listed} \
                     WHERE licenses.customer_key = listed.customer_key \
                     AND licenses.user_key = listed.user_key \
                     AND licenses.product_key = listed.product_key"
                );
                (text, groups.iter().map(|group| group.users.len()).sum())
            }
        };
        let what = "a license that is not held can't be updated";
        self.expect(query, text, count, what).await
    }

    async fn delete(&self, write: &Write) -> StoreResult<()> {
        let mut query = Query::new(self.db);
        let (text, count) = match write {
            Write::Group(group) => {
                let customer = query.bind(self.customer.0);
                let products = group.licenses.iter().map(|(product, _)| {
                    let product = code::product(*product)?;
                    Ok(query.bind(product))
                });
                let products = products.collect::<StoreResult<Vec<_>>>()?.join(", ");
                let users = condition(&mut query, group);
                let text = format!(
                    "DELETE FROM licenses WHERE customer_key = {customer} \
                     AND product_key IN ({products}) AND {users}"
                );
                (text, group.users.len() * group.licenses.len())
            }
            Write::Rows(groups) => {
                let listed = query.rows(self.customer, row_columns(groups));
                let counts = groups
                    .iter()
                    .map(|group| group.users.len() * group.licenses.len());
                (deletion(&listed), counts.sum())
            }
        };
        let what = "a license that is not held can't be revoked";
        self.expect(query, text, count, what).await
    }

    /// Runs a statement that must touch exactly `count` rows.
    async fn expect(
        &self,
        query: Query,
        text: String,
        count: usize,
        what: &'static str,
    ) -> StoreResult<()> {
        let result = self.db.execute_raw(query.statement(text)).await;
        if result.map_err(classify)?.rows_affected() == count as u64 {
            return Ok(());
        }
        Err(self.contradiction(what))
    }

    fn contradiction(&self, what: &'static str) -> crate::StoreError {
        corrupt(TABLE, self.customer, what)
    }
}

/// Deletes the licenses that are `listed`.
pub(super) fn deletion(listed: &str) -> String {
    format!(
        "DELETE FROM licenses WHERE (customer_key, user_key, product_key) IN \
         (SELECT customer_key, user_key, product_key FROM {listed})"
    )
}

/// The entry that changes a group's licenses, as it is stored.
fn entry_of(group: &Group) -> i64 {
    group.journaled.map_or(0, |entry| entry.0)
}

/// The condition on `user_key` that a license is the group's.
fn condition(query: &mut Query, group: &Group) -> String {
    Scope::exactly(&group.users)
        .expect("a group without users is left out")
        .condition(query)
}

/// The license of a group that has one.
fn only_license(group: &Group) -> (ProductKey, &str) {
    let (product, plans) = &group.licenses[0];
    (*product, plans)
}

/// A row for each license, in key order.
fn row_columns(groups: &[Group]) -> Vec<(&'static str, Column)> {
    let mut rows: Vec<(i64, ProductKey, &str, i64)> = Vec::new();
    for group in groups {
        let entry = entry_of(group);
        for (product, plans) in &group.licenses {
            let users = group.users.iter();
            rows.extend(users.map(|&user| (user, *product, &**plans, entry)));
        }
    }
    rows.sort_unstable();
    let users = rows.iter().map(|row| row.0).collect();
    let products = rows.iter().map(|row| row.1.0.into()).collect();
    let plans = rows.iter().map(|row| row.2.to_owned()).collect();
    let entries = rows.iter().map(|row| row.3).collect();
    vec![
        ("user_key", Column::Integers(users)),
        ("product_key", Column::Integers(products)),
        ("disabled_plans", Column::Texts(plans)),
        ("changed_by", Column::Integers(entries)),
    ]
}
