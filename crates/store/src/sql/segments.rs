use sea_orm::sea_query::ExprTrait;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use seatkeeper_domain::{BatchKey, CustomerKey};

use super::error::{classify, corrupt, malformed};
use super::retention;
use crate::entity::{batch, segment};
use crate::{PackedSegment, Segment, Selected, StoreResult};

const TABLE: &str = "batch_segments";

/// Segments per statement: a quarter of a megabyte.
const ROWS_PER_STATEMENT: usize = 100;

pub(super) async fn append(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    batch: BatchKey,
    first_position: i64,
    segments: &[PackedSegment],
) -> StoreResult<()> {
    let key = (customer, batch, first_position);
    if first_position != end(db, customer, batch).await? {
        let what = "a segment does not begin where the one before it ends";
        return Err(corrupt(TABLE, key, what));
    }
    let mut position = first_position;
    for segments in segments.chunks(ROWS_PER_STATEMENT) {
        let rows = segments.iter().map(|packed| {
            let first_position = position;
            position += packed.user_count();
            segment::ActiveModel {
                customer_key: Set(customer.0),
                batch_key: Set(batch.0),
                first_position: Set(first_position),
                user_count: Set(packed.user_count()),
                payload: Set(packed.payload().to_vec()),
            }
        });
        segment::Entity::insert_many(rows)
            .exec_without_returning(db)
            .await
            .map_err(classify)?;
    }
    Ok(())
}

/// The position after the last appended user.
async fn end(db: &DatabaseTransaction, customer: CustomerKey, batch: BatchKey) -> StoreResult<i64> {
    let last: Option<(i64, i64)> = segment::Entity::find()
        .select_only()
        .column(segment::Column::FirstPosition)
        .column(segment::Column::UserCount)
        .filter(segment::Column::CustomerKey.eq(customer.0))
        .filter(segment::Column::BatchKey.eq(batch.0))
        .order_by_desc(segment::Column::FirstPosition)
        .limit(1)
        .into_tuple()
        .one(db)
        .await
        .map_err(classify)?;
    if let Some((first_position, user_count)) = last {
        return Ok(first_position + user_count);
    }
    let owner = batch::Entity::find_by_id((customer.0, batch.0)).one(db);
    match owner.await.map_err(classify)? {
        Some(_) => Ok(0),
        None => Err(corrupt(
            "batches",
            (customer, batch),
            "the batch does not exist",
        )),
    }
}

pub(super) async fn read(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    batch: BatchKey,
    first_position: i64,
    segments_max: usize,
) -> StoreResult<Option<Vec<Selected>>> {
    let rows = segment::Entity::find()
        .filter(segment::Column::CustomerKey.eq(customer.0))
        .filter(segment::Column::BatchKey.eq(batch.0))
        .filter(segment::Column::FirstPosition.gte(first_position))
        .order_by_asc(segment::Column::FirstPosition)
        .limit(segments_max as u64)
        .all(db)
        .await
        .map_err(classify)?;
    if rows.first().map(|row| row.first_position) != Some(first_position) {
        return Ok(None);
    }
    let mut selected = Vec::new();
    for row in rows {
        selected.extend(users(&row)?);
    }
    Ok(Some(selected))
}

/// Segments of all batches after `after`, ascending by batch and position.
pub(super) async fn after(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    after: Option<(BatchKey, i64)>,
    limit: usize,
) -> StoreResult<Vec<Segment>> {
    let mut query = segment::Entity::find()
        .filter(segment::Column::CustomerKey.eq(customer.0))
        .filter(segment::Column::BatchKey.not_in_subquery(retention::batches(customer)))
        .order_by_asc(segment::Column::BatchKey)
        .order_by_asc(segment::Column::FirstPosition)
        .limit(limit as u64);
    if let Some((batch, position)) = after {
        let same = segment::Column::BatchKey
            .eq(batch.0)
            .and(segment::Column::FirstPosition.gt(position));
        query = query
            .filter(segment::Column::BatchKey.gte(batch.0))
            .filter(segment::Column::BatchKey.gt(batch.0).or(same));
    }
    let rows = query.all(db).await.map_err(classify)?;
    rows.into_iter()
        .map(|row| {
            Ok(Segment {
                batch: BatchKey(row.batch_key),
                first_position: row.first_position,
                user_count: row.user_count,
                users: users(&row)?,
            })
        })
        .collect()
}

fn users(row: &segment::Model) -> StoreResult<Vec<Selected>> {
    let key = (row.customer_key, row.batch_key, row.first_position);
    PackedSegment::unpack(&row.payload).map_err(malformed(TABLE, key))
}

pub(super) async fn delete(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    batch: BatchKey,
) -> StoreResult<()> {
    segment::Entity::delete_many()
        .filter(segment::Column::CustomerKey.eq(customer.0))
        .filter(segment::Column::BatchKey.eq(batch.0))
        .exec(db)
        .await
        .map(|_| ())
        .map_err(classify)
}
