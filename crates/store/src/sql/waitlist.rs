//! Waitlists: the users waiting for seats of each product, in serving order.

mod text;
mod write;

use std::collections::HashMap;

use sea_orm::sea_query::ExprTrait;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Select, Statement,
};
use seatkeeper_domain::{
    BatchId, BatchKey, CustomerKey, Principal, ProductKey, Timestamp, UserId, UserKey,
    WaitlistEntry, WaitlistSortKey,
};

use super::enum_codes;
use super::error::{classify, corrupt};
use super::query::{Query, scalar};
use crate::entity::{customer, entitlement, waitlist};
use crate::{StoreResult, WaitlistQuery, WaitlistRow};

pub(super) use write::{insert, leave, prioritize, remove_holders, remove_user, set_due};

const TABLE: &str = "waitlist";

#[derive(FromQueryResult)]
struct Row {
    product_key: i32,
    rank: i32,
    sequence: i64,
    user_key: i64,
    user_id: String,
    change_key: i64,
    change: String,
    batch_key: Option<i64>,
    batch_id: Option<String>,
    principal: String,
    revision: i64,
    create_time: i64,
    update_time: i64,
    /// Set only for a query of one user's entries.
    position: Option<i64>,
}

/// One page of waitlist entries, by product, then in serving order.
pub(super) async fn page(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    page: &WaitlistQuery,
) -> StoreResult<Vec<WaitlistEntry>> {
    let rows = Row::find_by_statement(selection(db, customer, page)?)
        .all(db)
        .await
        .map_err(classify)?;
    let mut entries: Vec<WaitlistEntry> = Vec::with_capacity(rows.len());
    for row in rows {
        let (product, sort_key) = sort_key(customer, row.product_key, row.rank, row.sequence)?;
        let position = match (row.position, entries.last()) {
            (Some(position), _) => position,
            (None, Some(last)) if last.product == product => last.position + 1,
            (None, Some(_)) => 1,
            (None, None) if page.after.is_none() => 1,
            (None, None) => ahead(db, customer, product, sort_key).await? + 1,
        };
        entries.push(parse(customer, row, product, sort_key, position)?);
    }
    Ok(entries)
}

/// The statement behind [`page`].
pub(super) fn selection(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    page: &WaitlistQuery,
) -> StoreResult<Statement> {
    let mut query = Query::new(db);
    let mut conditions = vec![format!("w.customer_key = {}", query.bind(customer.0))];
    if let Some(product) = page.product {
        let product = query.bind(enum_codes::product(product)?);
        conditions.push(format!("w.product_key = {product}"));
    }
    // One user has few entries, so the position of each may be counted separately.
    let mut position = "CAST(NULL AS BIGINT)";
    if let Some(user) = page.user {
        // With a plain condition SQLite would scan the entries of all users to keep the order.
        conditions.push(format!(
            "(w.product_key, w.rank, w.sequence) IN (SELECT product_key, rank, sequence \
             FROM waitlist WHERE customer_key = {} AND user_key = {})",
            query.bind(customer.0),
            query.bind(user.0)
        ));
        position = "(SELECT COUNT(*) FROM waitlist AS ahead \
                    WHERE ahead.customer_key = w.customer_key \
                    AND ahead.product_key = w.product_key \
                    AND (ahead.rank, ahead.sequence) <= (w.rank, w.sequence))";
    }
    conditions.extend(later(&mut query, page.after)?);
    let limit = query.bind(i64::try_from(page.limit).unwrap_or(i64::MAX));
    Ok(query.statement(format!(
        "SELECT w.product_key, w.rank, w.sequence, w.user_key, u.user_id, w.change_key, w.change, \
         w.batch_key, b.batch_id, w.principal, w.revision, w.create_time, w.update_time, \
         {position} AS position \
         FROM waitlist AS w JOIN users AS u \
         ON u.customer_key = w.customer_key AND u.user_key = w.user_key \
         LEFT JOIN batches AS b \
         ON b.customer_key = w.customer_key AND b.batch_key = w.batch_key \
         WHERE {} ORDER BY w.product_key, w.rank, w.sequence LIMIT {limit}",
        conditions.join(" AND ")
    )))
}

/// The number of entries before an entry in its queue.
async fn ahead(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    product: ProductKey,
    sort_key: WaitlistSortKey,
) -> StoreResult<i64> {
    let mut query = Query::new(db);
    let customer = query.bind(customer.0);
    let product = query.bind(enum_codes::product(product)?);
    let rank = query.bind(sort_key.rank);
    let sequence = query.bind(sort_key.sequence);
    let statement = query.statement(format!(
        "SELECT COUNT(*) FROM waitlist WHERE customer_key = {customer} \
         AND product_key = {product} AND (rank, sequence) < ({rank}, {sequence})"
    ));
    scalar(db, statement).await.map_err(classify)
}

fn sort_key(
    customer: CustomerKey,
    product: i32,
    rank: i32,
    sequence: i64,
) -> StoreResult<(ProductKey, WaitlistSortKey)> {
    let key = (customer.0, product, rank, sequence);
    let product = enum_codes::parse_product(product)
        .ok_or_else(|| corrupt(TABLE, key, "the product's key is negative"))?;
    Ok((product, WaitlistSortKey { rank, sequence }))
}

fn parse(
    customer: CustomerKey,
    row: Row,
    product: ProductKey,
    sort_key: WaitlistSortKey,
    position: i64,
) -> StoreResult<WaitlistEntry> {
    let key = (customer.0, product.0, sort_key.rank, sort_key.sequence);
    let batch = row
        .batch_key
        .zip(row.batch_id)
        .map(|(batch, id)| {
            let id = BatchId::parse(&id).map_err(|error| corrupt("batches", key, error))?;
            Ok((BatchKey(batch), id))
        })
        .transpose()?;
    Ok(WaitlistEntry {
        product,
        sort_key,
        position,
        user: UserKey(row.user_key),
        user_id: UserId::parse(&row.user_id).map_err(|error| corrupt("users", key, error))?,
        change_key: row.change_key,
        waiting: text::parse(&row.change)
            .ok_or_else(|| corrupt(TABLE, key, "the waiting change can't be parsed"))?,
        batch,
        principal: Principal::new(row.principal),
        revision: row.revision,
        create_time: Timestamp::from_micros(row.create_time),
        update_time: Timestamp::from_micros(row.update_time),
    })
}

#[derive(FromQueryResult)]
struct BareRow {
    product_key: i32,
    rank: i32,
    sequence: i64,
    user_key: i64,
    /// NULL when the user does not exist.
    known: Option<i64>,
    /// NULL when the user does not hold the product.
    held: Option<i64>,
}

/// Entries as stored, with whether the user exists and holds the product.
pub(super) async fn rows(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    after: Option<(ProductKey, WaitlistSortKey)>,
    limit: usize,
) -> StoreResult<Vec<WaitlistRow>> {
    let mut query = Query::new(db);
    let mut conditions = vec![format!("w.customer_key = {}", query.bind(customer.0))];
    conditions.extend(later(&mut query, after)?);
    let limit = query.bind(i64::try_from(limit).unwrap_or(i64::MAX));
    let statement = query.statement(format!(
        "SELECT w.product_key, w.rank, w.sequence, w.user_key, \
         (SELECT u.user_key FROM users AS u \
         WHERE u.customer_key = w.customer_key AND u.user_key = w.user_key) AS known, \
         (SELECT l.user_key FROM licenses AS l WHERE l.customer_key = w.customer_key \
         AND l.product_key = w.product_key AND l.user_key = w.user_key) AS held \
         FROM waitlist AS w WHERE {} \
         ORDER BY w.product_key, w.rank, w.sequence LIMIT {limit}",
        conditions.join(" AND ")
    ));
    let rows = BareRow::find_by_statement(statement).all(db).await;
    rows.map_err(classify)?
        .into_iter()
        .map(|row| {
            let (product, sort_key) = sort_key(customer, row.product_key, row.rank, row.sequence)?;
            Ok(WaitlistRow {
                product,
                sort_key,
                user: UserKey(row.user_key),
                user_exists: row.known.is_some(),
                holds: row.held.is_some(),
            })
        })
        .collect()
}

/// The condition that an entry comes after a sort key.
fn later(
    query: &mut Query,
    after: Option<(ProductKey, WaitlistSortKey)>,
) -> StoreResult<Option<String>> {
    let Some((product, sort_key)) = after else {
        return Ok(None);
    };
    let product = query.bind(enum_codes::product(product)?);
    let rank = query.bind(sort_key.rank);
    let sequence = query.bind(sort_key.sequence);
    Ok(Some(format!(
        "(w.product_key, w.rank, w.sequence) > ({product}, {rank}, {sequence})"
    )))
}

/// The number of entries, taken from a counter where one has it.
pub(super) async fn count(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    product: Option<ProductKey>,
    user: Option<UserKey>,
) -> StoreResult<i64> {
    if user.is_none() {
        return counter(db, customer, product).await;
    }
    let mut entries = waitlist::Entity::find().filter(waitlist::Column::CustomerKey.eq(customer.0));
    if let Some(user) = user {
        entries = entries.filter(waitlist::Column::UserKey.eq(user.0));
    }
    if let Some(product) = product {
        entries = entries.filter(waitlist::Column::ProductKey.eq(enum_codes::product(product)?));
    }
    let count = entries.count(db).await.map_err(classify)?;
    i64::try_from(count).map_err(|error| corrupt(TABLE, customer, error))
}

async fn counter(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    product: Option<ProductKey>,
) -> StoreResult<i64> {
    let count = match product {
        None => {
            let row = customer::Entity::find_by_id(customer.0).one(db).await;
            row.map_err(classify)?.map(|row| row.waitlist_count)
        }
        Some(product) => {
            let key = (customer.0, enum_codes::product(product)?);
            let row = entitlement::Entity::find_by_id(key).one(db).await;
            row.map_err(classify)?.map(|row| row.waitlisted)
        }
    };
    Ok(count.unwrap_or(0))
}

/// The waitlist entries of these users, by user, then by product.
pub(super) async fn waited_for(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    users: &[UserKey],
) -> StoreResult<Vec<(UserKey, i64, ProductKey)>> {
    let mut query = Query::new(db);
    let customer_key = query.bind(customer.0);
    let keys: Vec<i64> = users.iter().map(|user| user.0).collect();
    let users = query.is_one_of("user_key", &keys);
    let statement = query.statement(format!(
        "SELECT user_key, change_key, product_key FROM waitlist \
         WHERE customer_key = {customer_key} AND {users} ORDER BY user_key, product_key"
    ));
    let rows = db.query_all_raw(statement).await.map_err(classify)?;
    rows.iter()
        .map(|row| {
            let user: i64 = row.try_get_by_index(0).map_err(classify)?;
            let change: i64 = row.try_get_by_index(1).map_err(classify)?;
            let product: i32 = row.try_get_by_index(2).map_err(classify)?;
            let key = (customer.0, product, user);
            let product = enum_codes::parse_product(product)
                .ok_or_else(|| corrupt(TABLE, key, "the product's key is negative"))?;
            Ok((UserKey(user), change, product))
        })
        .collect()
}

/// When a product's queue is due next.
pub(super) async fn due_of(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    product: ProductKey,
) -> StoreResult<Option<Timestamp>> {
    let key = (customer.0, enum_codes::product(product)?);
    let row = entitlement::Entity::find_by_id(key).one(db).await;
    let due = row.map_err(classify)?.and_then(|row| row.waitlist_due);
    Ok(due.map(Timestamp::from_micros))
}

/// The queues of all customers that are due at `now`.
pub(super) async fn due(
    db: &impl ConnectionTrait,
    now: Timestamp,
    after: Option<(CustomerKey, ProductKey)>,
    limit: usize,
) -> StoreResult<Vec<(CustomerKey, ProductKey)>> {
    let mut query = due_at(now).limit(limit as u64);
    if let Some((customer, product)) = after {
        let later = entitlement::Column::CustomerKey
            .eq(customer.0)
            .and(entitlement::Column::ProductKey.gt(enum_codes::product(product)?));
        query = query
            .filter(entitlement::Column::CustomerKey.gte(customer.0))
            .filter(entitlement::Column::CustomerKey.gt(customer.0).or(later));
    }
    let rows: Vec<(i64, i32)> = query.into_tuple().all(db).await.map_err(classify)?;
    rows.into_iter()
        .map(|(customer, product)| {
            let key = (customer, product);
            let product = enum_codes::parse_product(product)
                .ok_or_else(|| corrupt("entitlements", key, "the product's key is negative"))?;
            Ok((CustomerKey(customer), product))
        })
        .collect()
}

/// The queues that are due at `now`, ascending by customer and product.
pub(super) fn due_at(now: Timestamp) -> Select<entitlement::Entity> {
    entitlement::Entity::find()
        .select_only()
        .column(entitlement::Column::CustomerKey)
        .column(entitlement::Column::ProductKey)
        .filter(entitlement::Column::WaitlistDue.is_not_null())
        .filter(entitlement::Column::WaitlistDue.lte(now.as_micros()))
        .order_by_asc(entitlement::Column::CustomerKey)
        .order_by_asc(entitlement::Column::ProductKey)
}

/// The number of entries of each product that a statement changed.
type CountByProduct = HashMap<ProductKey, i64>;
