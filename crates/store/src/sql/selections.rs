use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Select,
};
use seatkeeper_domain::{CustomerKey, Selection, SelectionId, SelectionKey, Timestamp, UserSet};

use super::error::{classify, corrupt};
use super::selection_blocks;
use crate::entity::selection;
use crate::{NewSelection, StoreError, StoreResult};

const TABLE: &str = "selections";

pub(super) async fn by_id(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    id: &SelectionId,
) -> StoreResult<Option<Selection>> {
    let row = of_customer(customer)
        .filter(selection::Column::SelectionId.eq(id.as_str()))
        .one(db)
        .await;
    row.map_err(classify)?.map(parse).transpose()
}

/// Selections that have not expired at `now`, newest first.
pub(super) async fn page(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    now: Timestamp,
    before: Option<SelectionKey>,
    limit: usize,
) -> StoreResult<Vec<Selection>> {
    let mut query = live(customer, now)
        .order_by_desc(selection::Column::SelectionKey)
        .limit(limit as u64);
    if let Some(before) = before {
        query = query.filter(selection::Column::SelectionKey.lt(before.0));
    }
    let rows = query.all(db).await.map_err(classify)?;
    rows.into_iter().map(parse).collect()
}

pub(super) async fn count(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    now: Timestamp,
) -> StoreResult<i64> {
    let count = live(customer, now).count(db).await.map_err(classify)?;
    i64::try_from(count).map_err(|error| corrupt(TABLE, customer, error))
}

/// Selections of all customers that have expired at `now`, the earliest expiry first.
pub(super) async fn expired(
    db: &impl ConnectionTrait,
    now: Timestamp,
    limit: usize,
) -> StoreResult<Vec<(CustomerKey, SelectionId)>> {
    let rows: Vec<(i64, String)> = expired_at(now, limit)
        .into_tuple()
        .all(db)
        .await
        .map_err(classify)?;
    let parsed = rows.into_iter().map(|(customer, id)| {
        let id = SelectionId::parse(&id).map_err(|error| corrupt(TABLE, (customer, &id), error))?;
        Ok((CustomerKey(customer), id))
    });
    parsed.collect()
}

/// The query behind [`expired`].
pub(super) fn expired_at(now: Timestamp, limit: usize) -> Select<selection::Entity> {
    selection::Entity::find()
        .select_only()
        .column(selection::Column::CustomerKey)
        .column(selection::Column::SelectionId)
        .filter(selection::Column::ExpireTime.lte(now.as_micros()))
        .order_by_asc(selection::Column::ExpireTime)
        .limit(limit as u64)
}

/// Inserts a selection with its users; the key follows the newest one.
pub(super) async fn insert(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    new: NewSelection,
    users: &UserSet,
) -> StoreResult<Selection> {
    if by_id(db, customer, &new.id).await?.is_some() {
        return Err(StoreError::AlreadyExists { what: "selection" });
    }
    let newest: Option<i64> = of_customer(customer)
        .select_only()
        .column(selection::Column::SelectionKey)
        .order_by_desc(selection::Column::SelectionKey)
        .limit(1)
        .into_tuple()
        .one(db)
        .await
        .map_err(classify)?;
    let key = SelectionKey(newest.unwrap_or(0) + 1);
    let selection = new.into_selection(key, users.len());
    selection::Entity::insert(selection::ActiveModel {
        customer_key: Set(customer.0),
        selection_key: Set(key.0),
        selection_id: Set(selection.id.as_str().to_owned()),
        display_name: Set(selection.display_name.clone()),
        idle_ttl: Set(selection.idle_ttl_micros),
        user_count: Set(selection.user_count),
        expire_time: Set(selection.expire_time.as_micros()),
        revision: Set(selection.revision),
        create_time: Set(selection.create_time.as_micros()),
        update_time: Set(selection.update_time.as_micros()),
    })
    .exec_without_returning(db)
    .await
    .map_err(classify)?;
    selection_blocks::write(db, customer, key, &users.blocks(), users).await?;
    Ok(selection)
}

/// Replaces a selection's own fields; identifier, users and count stay.
pub(super) async fn save(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    selection: &Selection,
) -> StoreResult<()> {
    let row = selection::ActiveModel {
        customer_key: Set(customer.0),
        selection_key: Set(selection.key.0),
        display_name: Set(selection.display_name.clone()),
        idle_ttl: Set(selection.idle_ttl_micros),
        expire_time: Set(selection.expire_time.as_micros()),
        revision: Set(selection.revision),
        update_time: Set(selection.update_time.as_micros()),
        ..Default::default()
    };
    let updated = selection::Entity::update_many()
        .set(row)
        .filter(selection::Column::CustomerKey.eq(customer.0))
        .filter(selection::Column::SelectionKey.eq(selection.key.0))
        .exec(db)
        .await
        .map_err(classify)?;
    changed_one(customer, selection.key, updated.rows_affected)
}

/// Adds users; returns how many were not in the selection before.
pub(super) async fn add_users(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    key: SelectionKey,
    users: &UserSet,
) -> StoreResult<i64> {
    let mut members = selection_blocks::read(db, customer, key, Some(&users.blocks())).await?;
    let mut gained = users.clone();
    gained -= &members;
    members |= &gained;
    count_users(db, customer, &[key.0], gained.len()).await?;
    selection_blocks::write(db, customer, key, &gained.blocks(), &members).await?;
    Ok(gained.len())
}

/// Removes users; returns how many were in the selection.
pub(super) async fn remove_users(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    key: SelectionKey,
    users: &UserSet,
) -> StoreResult<i64> {
    let mut members = selection_blocks::read(db, customer, key, Some(&users.blocks())).await?;
    let mut lost = members.clone();
    lost &= users;
    members -= &lost;
    count_users(db, customer, &[key.0], -lost.len()).await?;
    selection_blocks::write(db, customer, key, &lost.blocks(), &members).await?;
    Ok(lost.len())
}

/// Adds `difference` to the counts of these selections.
pub(super) async fn count_users(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    keys: &[i64],
    difference: i64,
) -> StoreResult<()> {
    let counted = selection::Entity::update_many()
        .col_expr(
            selection::Column::UserCount,
            Expr::col(selection::Column::UserCount).add(difference),
        )
        .filter(selection::Column::CustomerKey.eq(customer.0))
        .filter(selection::Column::SelectionKey.is_in(keys.iter().copied()))
        .exec(db)
        .await
        .map_err(classify)?;
    if counted.rows_affected == keys.len() as u64 {
        return Ok(());
    }
    Err(missing(customer, keys))
}

/// Deletes a selection with its users.
pub(super) async fn delete(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    key: SelectionKey,
) -> StoreResult<()> {
    selection_blocks::delete(db, customer, key).await?;
    let deleted = selection::Entity::delete_by_id((customer.0, key.0))
        .exec(db)
        .await
        .map_err(classify)?;
    changed_one(customer, key, deleted.rows_affected)
}

fn changed_one(customer: CustomerKey, key: SelectionKey, rows: u64) -> StoreResult<()> {
    if rows == 1 {
        return Ok(());
    }
    Err(missing(customer, &[key.0]))
}

fn missing(customer: CustomerKey, keys: &[i64]) -> StoreError {
    corrupt(TABLE, (customer, keys), "the selection does not exist")
}

fn of_customer(customer: CustomerKey) -> Select<selection::Entity> {
    selection::Entity::find().filter(selection::Column::CustomerKey.eq(customer.0))
}

fn live(customer: CustomerKey, now: Timestamp) -> Select<selection::Entity> {
    of_customer(customer).filter(selection::Column::ExpireTime.gt(now.as_micros()))
}

fn parse(row: selection::Model) -> StoreResult<Selection> {
    let key = (row.customer_key, row.selection_key);
    Ok(Selection {
        key: SelectionKey(row.selection_key),
        id: SelectionId::parse(&row.selection_id).map_err(|error| corrupt(TABLE, key, error))?,
        display_name: row.display_name,
        idle_ttl_micros: row.idle_ttl,
        user_count: row.user_count,
        expire_time: Timestamp::from_micros(row.expire_time),
        revision: row.revision,
        create_time: Timestamp::from_micros(row.create_time),
        update_time: Timestamp::from_micros(row.update_time),
    })
}
