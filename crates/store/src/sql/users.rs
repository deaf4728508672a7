use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Statement,
};
use seatkeeper_domain::{CustomerKey, Timestamp, User, UserFilter, UserId, UserKey, UserSet};

use super::all_users;
use super::enum_codes;
use super::error::{classify, corrupt};
use super::filter::condition;
use super::query::{Query, scalar};
use crate::entity::{customer, deleted_user, user};
use crate::{SelectQuery, StoreResult, UserTally};

const TABLE: &str = "users";

pub(super) async fn by_id(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    id: &UserId,
) -> StoreResult<Option<User>> {
    let row = user::Entity::find()
        .filter(user::Column::CustomerKey.eq(customer.0))
        .filter(user::Column::UserId.eq(id.as_str()))
        .one(db)
        .await;
    row.map_err(classify)?.map(parse).transpose()
}

/// The users with these identifiers, in the same order.
pub(super) async fn by_ids(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    ids: &[UserId],
) -> StoreResult<Vec<Option<User>>> {
    let keys = resolve(db, customer, ids).await?;
    let mut query = Query::new(db);
    let customer_key = query.bind(customer.0);
    let known: Vec<i64> = keys.iter().flatten().map(|key| key.0).collect();
    let listed = query.is_one_of("user_key", &known);
    let text = format!("SELECT * FROM users WHERE customer_key = {customer_key} AND {listed}");
    let rows = user::Entity::find()
        .from_raw_sql(query.statement(text))
        .all(db)
        .await
        .map_err(classify)?;
    let users = rows
        .into_iter()
        .map(|row| Ok((UserKey(row.user_key), parse(row)?)))
        .collect::<StoreResult<std::collections::HashMap<_, _>>>()?;
    let user = |key: UserKey| {
        let user = users.get(&key).cloned();
        user.ok_or_else(|| corrupt(TABLE, (customer, key), "it is only in the index"))
    };
    keys.into_iter()
        .map(|key| key.map(user).transpose())
        .collect()
}

/// The keys of these identifiers, in the same order; takes one statement.
pub(super) async fn resolve(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    ids: &[UserId],
) -> StoreResult<Vec<Option<UserKey>>> {
    let mut keys = vec![None; ids.len()];
    if ids.is_empty() {
        return Ok(keys);
    }
    let aggregated: Option<String> = scalar(db, resolution(db, customer, ids))
        .await
        .map_err(classify)?;
    for line in aggregated.unwrap_or_default().lines() {
        let (ordinal, key) = parse_pair(line)
            .ok_or_else(|| corrupt(TABLE, customer, "an aggregated line can't be read"))?;
        let slot = keys
            .get_mut(ordinal)
            .ok_or_else(|| corrupt(TABLE, customer, "an ordinal is out of range"))?;
        *slot = Some(UserKey(key));
    }
    Ok(keys)
}

/// The statement behind [`resolve`]. Each identifier has a subquery, which always uses the index,
/// with or without statistics; a join may scan all the customer's users instead.
pub(super) fn resolution(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    ids: &[UserId],
) -> Statement {
    let mut query = Query::new(db);
    let customer_key = query.bind(customer.0);
    let listed = query.texts(ids.iter().map(|id| id.as_str().to_owned()).collect());
    // NULL when no user has the identifier; the aggregate skips NULL.
    let aggregated = query.aggregated(&format!(
        "listed.ordinal || ' ' || (SELECT user_key FROM users \
         WHERE customer_key = {customer_key} AND user_id = listed.value)"
    ));
    let text = format!("SELECT {aggregated} FROM {listed}");
    query.statement(text)
}

fn parse_pair(line: &str) -> Option<(usize, i64)> {
    let (ordinal, key) = line.split_once(' ')?;
    Some((ordinal.parse().ok()?, key.parse().ok()?))
}

/// A range of users in directory order. `last` overrides the greatest key that the customer's row
/// has, where the caller knows a newer one.
pub(super) async fn select(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    last: Option<UserKey>,
    select: &SelectQuery,
) -> StoreResult<Vec<UserKey>> {
    match &select.filter {
        None => all_users::select(db, customer, last, select).await,
        Some(filter) => filtered(db, customer, select, filter).await,
    }
}

/// A range of the users that match, aggregated by the database.
async fn filtered(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    select: &SelectQuery,
    filter: &UserFilter,
) -> StoreResult<Vec<UserKey>> {
    let users = user::Entity::find()
        .select_only()
        .column(user::Column::UserKey)
        .filter(user::Column::CustomerKey.eq(customer.0))
        .filter(user::Column::UserKey.gt(select.after.0))
        .filter(user::Column::UserKey.lte(select.up_to.0))
        .filter(condition(filter))
        .order_by_asc(user::Column::UserKey)
        .limit(select.limit as u64);
    aggregated_keys(db, customer, users.build(db.get_database_backend())).await
}

/// The keys that a query returns in its only column `user_key`, ascending, read with one aggregate.
async fn aggregated_keys(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    mut inner: Statement,
) -> StoreResult<Vec<UserKey>> {
    let aggregated = Query::new(db).aggregated("CAST(user_key AS TEXT)");
    inner.sql = format!("SELECT {aggregated} FROM ({}) AS selected", inner.sql);
    let aggregated: Option<String> = scalar(db, inner).await.map_err(classify)?;
    let mut keys = parse_keys(customer, &aggregated.unwrap_or_default())?;
    // A database may aggregate rows in any order.
    if !keys.is_sorted() {
        keys.sort_unstable();
    }
    Ok(keys)
}

/// Parses user keys, one per line.
pub(super) fn parse_keys(customer: CustomerKey, aggregated: &str) -> StoreResult<Vec<UserKey>> {
    let key = |line: &str| line.parse().map(UserKey);
    let keys = aggregated
        .lines()
        .map(|line| key(line).map_err(|error| corrupt(TABLE, customer, error)));
    keys.collect()
}

/// Deleted users per statement of [`deleted`].
const DELETED_PER_STATEMENT: u64 = 100_000;

/// The keys of all users who were ever deleted.
pub(super) async fn deleted(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
) -> StoreResult<UserSet> {
    let mut deleted = UserSet::new();
    let mut after = 0;
    loop {
        let inner = deleted_user::Entity::find()
            .select_only()
            .column(deleted_user::Column::UserKey)
            .filter(deleted_user::Column::CustomerKey.eq(customer.0))
            .filter(deleted_user::Column::UserKey.gt(after))
            .order_by_asc(deleted_user::Column::UserKey)
            .limit(DELETED_PER_STATEMENT)
            .build(db.get_database_backend());
        let keys = aggregated_keys(db, customer, inner).await?;
        let Some(last) = keys.last() else {
            return Ok(deleted);
        };
        after = last.0;
        deleted.extend(keys);
    }
}

pub(super) async fn count(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    filter: Option<&UserFilter>,
) -> StoreResult<i64> {
    let Some(filter) = filter else {
        let row = customer::Entity::find_by_id(customer.0).one(db).await;
        return Ok(row.map_err(classify)?.map_or(0, |row| row.user_count));
    };
    let count = user::Entity::find()
        .filter(user::Column::CustomerKey.eq(customer.0))
        .filter(condition(filter))
        .count(db)
        .await
        .map_err(classify)?;
    i64::try_from(count).map_err(|error| corrupt(TABLE, customer, error))
}

pub(super) fn parse(row: user::Model) -> StoreResult<User> {
    let key = (row.customer_key, row.user_key);
    Ok(User {
        key: UserKey(row.user_key),
        id: UserId::parse(&row.user_id).map_err(|error| corrupt(TABLE, key, error))?,
        sign_in_name: row.sign_in_name,
        display_name: row.display_name,
        department: row.department,
        job_title: row.job_title,
        usage_location: enum_codes::parse_location(&row.usage_location)
            .ok_or_else(|| corrupt(TABLE, key, "its usage location is not a country code"))?,
        state: enum_codes::parse_user_state(row.state.into())
            .ok_or_else(|| corrupt(TABLE, key, "its state is unknown"))?,
        revision: row.revision,
        create_time: Timestamp::from_micros(row.create_time),
        update_time: Timestamp::from_micros(row.update_time),
    })
}

/// The number of users, and the greatest key of all users, deleted ones included.
pub(super) async fn tally(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
) -> StoreResult<UserTally> {
    let mut query = Query::new(db);
    let key = query.bind(customer.0);
    let text = format!(
        "SELECT count(*) AS users, coalesce(max(user_key), 0) AS greatest, \
         (SELECT coalesce(max(user_key), 0) FROM deleted_users WHERE customer_key = {key}) \
         AS greatest_deleted FROM users WHERE customer_key = {key}"
    );
    let row = TallyRow::find_by_statement(query.statement(text))
        .one(db)
        .await;
    let row = row.map_err(classify)?;
    let row = row.ok_or_else(|| corrupt(TABLE, customer, "an aggregate must return one row"))?;
    Ok(UserTally {
        count: row.users,
        greatest: UserKey(row.greatest.max(row.greatest_deleted)),
    })
}

#[derive(FromQueryResult)]
struct TallyRow {
    users: i64,
    greatest: i64,
    greatest_deleted: i64,
}
