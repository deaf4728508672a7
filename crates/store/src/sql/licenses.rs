//! Licenses: pages of them, and writing what a chunk decided.

mod changes;
mod layout;
mod marks;

use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Statement};
use seatkeeper_domain::{
    CustomerKey, HeldLicense, JournalSequence, License, ProductKey, RelevantProducts, Timestamp,
    UserId, UserKey,
};
use seatkeeper_fault::{Point, pass};

use self::changes::Group;
pub(super) use self::changes::HeldChanges;
use self::layout::Walk;
pub(super) use self::layout::of_relevant;
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
    user_id: Option<String>,
}

/// One page of licenses, by user in directory order, then by product. A license without its user is
/// an error: the database is damaged.
pub(super) async fn page(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    page: &LicensePageQuery,
) -> StoreResult<Vec<License>> {
    let rows = Row::find_by_statement(page_statement(db, customer, page)).all(db);
    let rows = rows.await.map_err(classify)?;
    rows.iter().map(|row| row.license(customer)).collect()
}

/// The statement behind [`page`].
pub(super) fn page_statement(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    page: &LicensePageQuery,
) -> Statement {
    let mut query = Query::new(db);
    let customer = query.bind(customer.0);
    let limit = i64::try_from(page.limit).unwrap_or(i64::MAX);
    let mut conditions = vec![match (page.product, &page.users) {
        (Some(product), _) => format!("product_key = {}", query.bind(i64::from(product.0))),
        (None, Some(_)) => of_relevant(&mut query, &customer, &RelevantProducts::All),
        (None, None) => {
            let from = page.after.map_or(UserKey(0), |(user, _)| user);
            layout::of_page(&mut query, &customer, from, limit)
        }
    }];
    if let Some(users) = &page.users {
        let users: Vec<i64> = users.iter().map(|user| user.0).collect();
        conditions.push(match users.as_slice() {
            [user] => format!("user_key = {}", query.bind(*user)),
            users => query.is_one_of("user_key", users),
        });
    }
    if let Some((user, product)) = page.after {
        let user = query.bind(user.0);
        let product = query.bind(i64::from(product.0));
        conditions.push(format!(
            "user_key >= {user} AND (user_key > {user} OR product_key > {product})"
        ));
    }
    let conditions = conditions.join(" AND ");
    let limit = query.bind(limit);
    let text = with_users(&customer, &conditions, "user_key, product_key", &limit);
    query.statement(text)
}

/// Licenses as they are, with or without the user they refer to, in the order in which they lie.
pub(super) async fn rows(
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
pub(super) fn walk_statement(
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
    let limit = query.bind(i64::try_from(limit).unwrap_or(i64::MAX));
    let Walk { order, after } = Walk::from(&query, &user, &product);
    let text = with_users(&customer, &after, order, &limit);
    query.statement(text)
}

/// Selects a customer's licenses, each with its user's identifier, which is looked up for those
/// that are selected alone.
fn with_users(customer: &str, conditions: &str, order: &str, limit: &str) -> String {
    format!(
        "SELECT user_key, product_key, disabled_plans, assign_time, changed_by, \
         (SELECT user_id FROM users WHERE users.customer_key = {customer} \
         AND users.user_key = selected.user_key) AS user_id \
         FROM (SELECT * FROM licenses WHERE customer_key = {customer} AND {conditions} \
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
                .ok_or_else(|| corrupt(TABLE, self.key(customer), "there is no such user"))?,
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
        product: code::parse_product(key.2)
            .ok_or_else(|| corrupt(TABLE, key, "the product's key is negative"))?,
        disabled_plans: parse_plans(plans)
            .ok_or_else(|| corrupt(TABLE, key, "its disabled plans can't be read"))?,
    })
}

/// Whether a user holds anything.
pub(super) async fn holds_any(
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
                rows_of(&mut query, self.customer, groups),
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

    /// The columns of a group's licenses, and the table they come from, in the order in which they
    /// are to lie: rows written in key order are written fastest.
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
            layout::joined(query, &users, &products),
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
                let listed = rows_of(&mut query, self.customer, groups);
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
                let listed = rows_of(&mut query, self.customer, groups);
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

/// The table `listed` of a row for each license, in the order in which they are to lie.
fn rows_of(query: &mut Query, customer: CustomerKey, groups: &[Group]) -> String {
    let mut rows: Vec<(i64, ProductKey, &str, i64)> = Vec::new();
    for group in groups {
        let entry = entry_of(group);
        for (product, plans) in &group.licenses {
            let users = group.users.iter();
            rows.extend(users.map(|&user| (user, *product, &**plans, entry)));
        }
    }
    layout::sort(query, &mut rows, |row| (row.0, row.1));
    let users = rows.iter().map(|row| row.0).collect();
    let products = rows.iter().map(|row| row.1.0.into()).collect();
    let plans = rows.iter().map(|row| row.2.to_owned()).collect();
    let entries = rows.iter().map(|row| row.3).collect();
    let columns = vec![
        ("user_key", Column::Integers(users)),
        ("product_key", Column::Integers(products)),
        ("disabled_plans", Column::Texts(plans)),
        ("changed_by", Column::Integers(entries)),
    ];
    query.rows(customer, columns)
}
