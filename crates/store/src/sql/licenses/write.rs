//! Writes a chunk's decisions on licenses.

use sea_orm::{ConnectionTrait, DatabaseTransaction};
use seatkeeper_domain::{CustomerKey, ProductKey, Timestamp};
use seatkeeper_failpoints::{Point, fail_point};

use super::TABLE;
use super::by_key::{is_listed, joined};
use super::changes::{Group, HeldChanges};
use super::lookup::LicenseLookup;
use crate::StoreResult;
use crate::sql::enum_codes;
use crate::sql::error::{classify, corrupt, is_duplicate};
use crate::sql::query::{Column, Query};
use crate::sql::user_keys::UserKeys;

/// The most groups that are written with one statement each. If there are more groups, because
/// users have many different disabled plans, or several journal entries, one statement writes the
/// rows individually.
const GROUPS_MAX: usize = 16;

/// Writes a chunk's decisions on licenses.
pub(in crate::sql) async fn write(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    time: Timestamp,
    held: HeldChanges,
) -> StoreResult<()> {
    let writer = Writer { db, customer, time };
    for revoked in batched(held.revoked) {
        writer.delete(&revoked).await?;
        fail_point(Point::LicensesRevoked);
    }
    for updated in batched(held.updated) {
        writer.update(&updated).await?;
        fail_point(Point::LicensesUpdated);
    }
    for assigned in batched(held.assigned) {
        writer.insert(&assigned).await?;
        fail_point(Point::LicensesAssigned);
    }
    Ok(())
}

/// The content of one statement.
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

    /// The columns of a group's licenses, and the table that they come from. SQLite inserts rows in
    /// this order, which is the key order and the fastest. PostgreSQL chooses its own order for
    /// several products.
    fn group_columns(query: &mut Query, group: &Group) -> StoreResult<(String, String)> {
        let users = query.integers(&group.users);
        let journaled = query.bind(entry_of(group));
        if let [(product, plans)] = group.licenses.as_slice() {
            let product = query.bind(enum_codes::product(*product)?);
            let plans = query.bind(plans.as_str());
            return Ok((format!("value, {product}, {plans}, {journaled}"), users));
        }
        let products = group.licenses.iter().map(|(product, plans)| {
            let product = enum_codes::product(*product)?;
            Ok(format!("({product}, {})", query.bind(plans.as_str())))
        });
        let products = products.collect::<StoreResult<Vec<_>>>()?.join(", ");
        let products = query.values("product", &["product_key", "disabled_plans"], &products);
        Ok((
            format!("value, product.product_key, product.disabled_plans, {journaled}"),
            format!("{products} CROSS JOIN {users}"),
        ))
    }

    async fn update(&self, write: &Write) -> StoreResult<()> {
        let mut query = Query::new(self.db);
        let (text, count) = match write {
            Write::Group(group) => {
                let journaled = query.bind(entry_of(group));
                let customer = query.bind(self.customer.0);
                let (product, plans) = only_license(group);
                let plans = query.bind(plans);
                let lookup = LicenseLookup::of(&mut query, &customer, &[product], users(group));
                let text = format!(
                    "UPDATE licenses SET disabled_plans = {plans}, changed_by = {journaled} \
                     WHERE {}",
                    lookup.condition(&mut query)
                );
                (text, group.users.len())
            }
            Write::Rows(groups) => {
                let listed = rows_of(&mut query, self.customer, groups);
                let (listed, same) = joined(&query, TABLE, listed);
                let text = format!(
                    "UPDATE licenses SET disabled_plans = listed.disabled_plans, \
                     changed_by = listed.changed_by FROM {listed} WHERE {same}"
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
                let products = group.licenses.iter().map(|(product, _)| *product);
                let products: Vec<ProductKey> = products.collect();
                let lookup = LicenseLookup::of(&mut query, &customer, &products, users(group));
                let text = format!(
                    "DELETE FROM licenses WHERE {}",
                    lookup.condition(&mut query)
                );
                (text, group.users.len() * group.licenses.len())
            }
            Write::Rows(groups) => {
                let listed = rows_of(&mut query, self.customer, groups);
                let counts = groups
                    .iter()
                    .map(|group| group.users.len() * group.licenses.len());
                (deletion(&query, &listed), counts.sum())
            }
        };
        let what = "a license that is not held can't be revoked";
        self.expect(query, text, count, what).await
    }

    /// Runs a statement that must change exactly `count` rows.
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
pub(in crate::sql) fn deletion(query: &Query, listed: &str) -> String {
    format!(
        "DELETE FROM licenses WHERE {}",
        is_listed(query, TABLE, listed)
    )
}

/// The stored value of the entry that changes a group's licenses.
fn entry_of(group: &Group) -> i64 {
    group.journaled.map_or(0, |entry| entry.0)
}

/// The users of a group.
fn users(group: &Group) -> UserKeys<'_> {
    UserKeys::exact(&group.users).expect("a group has at least one user")
}

/// The license of a group that has exactly one.
fn only_license(group: &Group) -> (ProductKey, &str) {
    let (product, plans) = &group.licenses[0];
    (*product, plans)
}

/// A table named `listed` with one row per license, in key order.
fn rows_of(query: &mut Query, customer: CustomerKey, groups: &[Group]) -> String {
    let mut rows: Vec<(ProductKey, i64, &str, i64)> = Vec::new();
    for group in groups {
        let entry = entry_of(group);
        for (product, plans) in &group.licenses {
            let users = group.users.iter();
            rows.extend(users.map(|&user| (*product, user, &**plans, entry)));
        }
    }
    rows.sort_unstable_by_key(|row| (row.0, row.1));
    let products = rows.iter().map(|row| row.0.0.into()).collect();
    let users = rows.iter().map(|row| row.1).collect();
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
