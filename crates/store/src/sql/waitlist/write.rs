use std::collections::{BTreeMap, BTreeSet, HashSet};

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, Statement,
};
use seatkeeper_domain::{
    BatchKey, CustomerKey, LicenseChanges, Outcome, ProductKey, Timestamp, UserKey,
};

use super::{CountByProduct, TABLE, text, waited_for};
use crate::entity::{entitlement, waitlist};
use crate::sql::entitlements::{Counter, add};
use crate::sql::enum_codes;
use crate::sql::error::{classify, corrupt};
use crate::sql::query::{Column, Query};
use crate::{StoreResult, WaitlistJoins};

/// Adds users to queues; `first` is the first arrival sequence number to assign. Returns the number
/// of new entries. Takes one statement per product, or two where a user is new in the queue.
pub(in crate::sql) async fn insert(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    time: Timestamp,
    joins: &WaitlistJoins,
    first: i64,
) -> StoreResult<i64> {
    let mut deltas = Vec::new();
    for (product, rows) in rows_by_product(joins, first) {
        let writer = Writer {
            db,
            customer,
            product: enum_codes::product(product)?,
            joins,
            time,
        };
        let replaced = writer.run(writer.replacement(&rows)).await?;
        let count = i64::try_from(rows.users.len()).expect("a chunk fits memory");
        if replaced < count {
            let added = writer.run(writer.insertion(&rows)).await?;
            if replaced + added != count {
                let what = "a user joins the same queue twice in one call";
                return Err(corrupt(TABLE, (customer, product), what));
            }
            deltas.push((product, added));
        }
    }
    add(db, customer, Counter::Waitlisted, &deltas).await?;
    Ok(deltas.iter().map(|(_, added)| added).sum())
}

/// The entries of one product, column by column.
#[derive(Default)]
struct Rows {
    users: Vec<i64>,
    changes: Vec<i64>,
    texts: Vec<String>,
}

fn rows_by_product(joins: &WaitlistJoins, first: i64) -> BTreeMap<ProductKey, Rows> {
    let texts: Vec<String> = joins.changes.iter().map(text::of).collect();
    let mut by_product = BTreeMap::<ProductKey, Rows>::new();
    for (&(user, index), key) in joins.users.iter().zip(first..) {
        for &product in &joins.changes[index].seats {
            let rows = by_product.entry(product).or_default();
            rows.users.push(user.0);
            rows.changes.push(key);
            rows.texts.push(texts[index].clone());
        }
    }
    by_product
}

struct Writer<'a> {
    db: &'a DatabaseTransaction,
    customer: CustomerKey,
    product: i32,
    joins: &'a WaitlistJoins,
    time: Timestamp,
}

impl Writer<'_> {
    async fn run(&self, statement: Statement) -> StoreResult<i64> {
        let done = self.db.execute_raw(statement).await.map_err(classify)?;
        i64::try_from(done.rows_affected()).map_err(|error| corrupt(TABLE, self.customer, error))
    }

    fn listed(&self, query: &mut Query, rows: &Rows) -> String {
        query.rows(
            self.customer,
            vec![
                ("user_key", Column::Integers(rows.users.clone())),
                ("change_key", Column::Integers(rows.changes.clone())),
                ("change", Column::Texts(rows.texts.clone())),
            ],
        )
    }

    fn batch(&self) -> Option<i64> {
        self.joins.batch.map(|BatchKey(batch)| batch)
    }

    /// Replaces the waiting changes of users who are already in the queue.
    fn replacement(&self, rows: &Rows) -> Statement {
        let mut query = Query::new(self.db);
        let product = query.bind(self.product);
        let batch = query.bind(self.batch());
        let principal = query.bind(self.joins.principal.as_str());
        let time = query.bind(self.time.as_micros());
        let listed = self.listed(&mut query, rows);
        query.statement(format!(
            "UPDATE waitlist SET change_key = listed.change_key, change = listed.change, \
             batch_key = {batch}, principal = {principal}, revision = waitlist.revision + 1, \
             update_time = {time} FROM {listed} \
             WHERE waitlist.customer_key = listed.customer_key \
             AND waitlist.user_key = listed.user_key AND waitlist.product_key = {product}"
        ))
    }

    /// Appends the users who are not yet in the queue.
    fn insertion(&self, rows: &Rows) -> Statement {
        let mut query = Query::new(self.db);
        let product = query.bind(self.product);
        let batch = query.bind(self.batch());
        let principal = query.bind(self.joins.principal.as_str());
        let time = query.bind(self.time.as_micros());
        let listed = self.listed(&mut query, rows);
        query.statement(format!(
            "INSERT INTO waitlist (customer_key, product_key, rank, sequence, user_key, \
             change_key, change, batch_key, principal, revision, create_time, update_time) \
             SELECT listed.customer_key, {product}, 0, listed.change_key, listed.user_key, \
             listed.change_key, listed.change, {batch}, {principal}, 1, {time}, {time} FROM {listed} \
             WHERE NOT EXISTS (SELECT 1 FROM waitlist AS waiting \
             WHERE waiting.customer_key = listed.customer_key \
             AND waiting.user_key = listed.user_key AND waiting.product_key = {product})"
        ))
    }
}

/// Removes changes from all queues. Returns the number of removed entries by product.
pub(in crate::sql) async fn leave(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    changes: &[(UserKey, i64)],
) -> StoreResult<CountByProduct> {
    let users: Vec<UserKey> = changes.iter().map(|&(user, _)| user).collect();
    let changes: HashSet<(UserKey, i64)> = changes.iter().copied().collect();
    let mut by_product = BTreeMap::<ProductKey, Vec<i64>>::new();
    for (user, change, product) in waited_for(db, customer, &users).await? {
        if changes.contains(&(user, change)) {
            by_product.entry(product).or_default().push(user.0);
        }
    }
    let mut removed = CountByProduct::new();
    for (product, users) in by_product {
        removed.extend(remove_of_product(db, customer, product, &users).await?);
    }
    Ok(removed)
}

/// Removes a user from all queues.
pub(in crate::sql) async fn remove_user(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    user: UserKey,
) -> StoreResult<CountByProduct> {
    remove(db, customer, |query| {
        format!("user_key = {}", query.bind(user.0))
    })
    .await
}

/// Removes users who gained one of `products` from its queue.
pub(in crate::sql) async fn remove_holders(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    products: &BTreeSet<ProductKey>,
    changes: &LicenseChanges,
) -> StoreResult<CountByProduct> {
    let mut removed = CountByProduct::new();
    for &product in products {
        let gains = |decision: u32| {
            let mut decided = changes.plan.decisions[decision as usize].products.iter();
            decided
                .any(|decided| decided.product == product && decided.outcome == Outcome::Assigned)
        };
        let members = changes.members.iter().zip(&changes.plan.members);
        let users: Vec<i64> = members
            .filter(|&(_, &decision)| gains(decision))
            .filter_map(|(member, _)| member.user.map(|user| user.0))
            .collect();
        removed.extend(remove_of_product(db, customer, product, &users).await?);
    }
    Ok(removed)
}

async fn remove_of_product(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    product: ProductKey,
    users: &[i64],
) -> StoreResult<CountByProduct> {
    let product = enum_codes::product(product)?;
    remove(db, customer, |query| {
        let product = query.bind(product);
        let users = query.is_one_of("user_key", users);
        format!("product_key = {product} AND {users}")
    })
    .await
}

/// Removes entries, and updates the entitlements' counters. Returns the number of removed entries
/// by product.
async fn remove(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    condition: impl Fn(&mut Query) -> String,
) -> StoreResult<CountByProduct> {
    let statement = |verb: &str, rest: &str| {
        let mut query = Query::new(db);
        let key = query.bind(customer.0);
        let condition = condition(&mut query);
        query.statement(format!(
            "{verb} FROM waitlist WHERE customer_key = {key} AND {condition}{rest}"
        ))
    };
    let count = statement("SELECT product_key, COUNT(*)", " GROUP BY product_key");
    let mut removed = CountByProduct::new();
    for row in db.query_all_raw(count).await.map_err(classify)? {
        let product: i32 = row.try_get_by_index(0).map_err(classify)?;
        let product = enum_codes::parse_product(product)
            .ok_or_else(|| corrupt(TABLE, (customer, product), "the product's key is negative"))?;
        removed.insert(product, row.try_get_by_index(1).map_err(classify)?);
    }
    if removed.is_empty() {
        return Ok(removed);
    }
    db.execute_raw(statement("DELETE", ""))
        .await
        .map_err(classify)?;
    let deltas: Vec<_> = removed
        .iter()
        .map(|(&product, &count)| (product, -count))
        .collect();
    add(db, customer, Counter::Waitlisted, &deltas).await?;
    Ok(removed)
}

/// Changes a user's rank in a queue.
pub(in crate::sql) async fn prioritize(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    time: Timestamp,
    product: ProductKey,
    user: UserKey,
    priority: i32,
) -> StoreResult<()> {
    let moved = waitlist::Entity::update_many()
        .col_expr(waitlist::Column::Rank, Expr::value(-priority))
        .col_expr(
            waitlist::Column::Revision,
            Expr::col(waitlist::Column::Revision).add(1),
        )
        .col_expr(waitlist::Column::UpdateTime, Expr::value(time.as_micros()))
        .filter(waitlist::Column::CustomerKey.eq(customer.0))
        .filter(waitlist::Column::UserKey.eq(user.0))
        .filter(waitlist::Column::ProductKey.eq(enum_codes::product(product)?))
        .exec(db)
        .await
        .map_err(classify)?;
    if moved.rows_affected == 1 {
        return Ok(());
    }
    let what = "the user is not in the product's waitlist";
    Err(corrupt(TABLE, (customer, product, user), what))
}

/// Sets when a product's queue is due next.
pub(in crate::sql) async fn set_due(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    product: ProductKey,
    due: Option<Timestamp>,
) -> StoreResult<()> {
    let updated = entitlement::Entity::update_many()
        .col_expr(
            entitlement::Column::WaitlistDue,
            Expr::value(due.map(Timestamp::as_micros)),
        )
        .filter(entitlement::Column::CustomerKey.eq(customer.0))
        .filter(entitlement::Column::ProductKey.eq(enum_codes::product(product)?))
        .exec(db)
        .await
        .map_err(classify)?;
    if updated.rows_affected == 1 {
        return Ok(());
    }
    let what = "the queue of a product without an entitlement can't be due";
    Err(corrupt("entitlements", (customer, product), what))
}
