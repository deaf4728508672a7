//! Deletes data after its retention period, in steps that are short enough for other transactions
//! to wait.

use std::collections::BTreeSet;

use sea_orm::sea_query::{Expr, ExprTrait, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select,
};
use seatkeeper_domain::{BatchKey, CustomerKey, Timestamp};
use seatkeeper_failpoints::{Point, fail_point};

use super::enum_codes::REMOVED;
use super::error::{classify, corrupt};
use super::{batches, idempotency};
use crate::entity::{batch, request, segment};
use crate::{Batch, EndedBatch, StoreResult};

/// The keys of a customer's batches that are being removed.
pub(super) fn batches(customer: CustomerKey) -> SelectStatement {
    batch::Entity::find()
        .select_only()
        .column(batch::Column::BatchKey)
        .filter(batch::Column::CustomerKey.eq(customer.0))
        .filter(batch::Column::State.eq(REMOVED))
        .into_query()
}

pub(super) async fn ended_batches(
    db: &impl ConnectionTrait,
    until: Timestamp,
    after: Option<EndedBatch>,
    limit: usize,
) -> StoreResult<Vec<EndedBatch>> {
    let rows: Vec<(i64, i64, i64)> = ended(until, after, limit)
        .into_tuple()
        .all(db)
        .await
        .map_err(classify)?;
    let ended = |(end_time, customer, batch)| EndedBatch {
        end_time: Timestamp::from_micros(end_time),
        customer: CustomerKey(customer),
        batch: BatchKey(batch),
    };
    Ok(rows.into_iter().map(ended).collect())
}

/// The query behind [`ended_batches`].
pub(super) fn ended(
    until: Timestamp,
    after: Option<EndedBatch>,
    limit: usize,
) -> Select<batch::Entity> {
    let mut query = batch::Entity::find()
        .select_only()
        .column(batch::Column::EndTime)
        .column(batch::Column::CustomerKey)
        .column(batch::Column::BatchKey)
        .filter(batch::Column::EndTime.lte(until.as_micros()))
        .order_by_asc(batch::Column::EndTime)
        .order_by_asc(batch::Column::CustomerKey)
        .order_by_asc(batch::Column::BatchKey)
        .limit(limit as u64);
    if let Some(after) = after {
        let end_time = after.end_time.as_micros();
        let same_customer = batch::Column::CustomerKey
            .eq(after.customer.0)
            .and(batch::Column::BatchKey.gt(after.batch.0));
        let same_time = Condition::any()
            .add(batch::Column::CustomerKey.gt(after.customer.0))
            .add(same_customer);
        let later = Condition::any()
            .add(batch::Column::EndTime.gt(end_time))
            .add(same_time);
        query = query
            .filter(batch::Column::EndTime.gte(end_time))
            .filter(later);
    }
    query
}

/// Removes a part of a batch; returns true when the batch is completely removed.
pub(super) async fn batch(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    key: BatchKey,
    segments_max: usize,
) -> StoreResult<bool> {
    if let Some(found) = batches::by_key(db, customer, key).await? {
        if !found.state.is_final() || found.end_time.is_none() {
            let what = "a batch that has not ended can't be removed";
            return Err(corrupt("batches", (customer, key), what));
        }
        hide(db, customer, &found).await?;
        fail_point(Point::BatchHidden);
    }
    let removed = remove_segments(db, customer, key, segments_max).await?;
    fail_point(Point::SegmentsRemoved);
    if removed == segments_max as u64 {
        return Ok(false);
    }
    batches::delete(db, customer, key).await?;
    fail_point(Point::BatchRemoved);
    Ok(true)
}

/// Hides a batch from reads, both by identifier and by request id.
async fn hide(db: &DatabaseTransaction, customer: CustomerKey, batch: &Batch) -> StoreResult<()> {
    if let Some(request) = &batch.spec.request_id {
        idempotency::delete_for_batch(db, customer, request, batch.key).await?;
    }
    batch::Entity::update_many()
        .col_expr(batch::Column::State, Expr::val(REMOVED))
        .filter(batch::Column::CustomerKey.eq(customer.0))
        .filter(batch::Column::BatchKey.eq(batch.key.0))
        .exec(db)
        .await
        .map_err(classify)?;
    Ok(())
}

/// Deletes segments, first positions first; returns how many.
async fn remove_segments(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    key: BatchKey,
    segments_max: usize,
) -> StoreResult<u64> {
    let first = segment::Entity::find()
        .select_only()
        .column(segment::Column::FirstPosition)
        .filter(segment::Column::CustomerKey.eq(customer.0))
        .filter(segment::Column::BatchKey.eq(key.0))
        .order_by_asc(segment::Column::FirstPosition)
        .limit(segments_max as u64)
        .into_query();
    let removed = segment::Entity::delete_many()
        .filter(segment::Column::CustomerKey.eq(customer.0))
        .filter(segment::Column::BatchKey.eq(key.0))
        .filter(segment::Column::FirstPosition.in_subquery(first))
        .exec(db)
        .await
        .map_err(classify)?;
    Ok(removed.rows_affected)
}

pub(super) async fn customers_with_old_idempotency_records(
    db: &impl ConnectionTrait,
    until: Timestamp,

    limit: usize,
) -> StoreResult<Vec<CustomerKey>> {
    let keys: Vec<i64> = customers_of_old_idempotency_records(until, limit)
        .into_tuple()
        .all(db)
        .await
        .map_err(classify)?;
    let keys: BTreeSet<_> = keys.into_iter().map(CustomerKey).collect();
    Ok(keys.into_iter().collect())
}

/// The query behind [`customers_with_old_idempotency_records`].
pub(super) fn customers_of_old_idempotency_records(
    until: Timestamp,
    limit: usize,
) -> Select<request::Entity> {
    request::Entity::find()
        .select_only()
        .column(request::Column::CustomerKey)
        .filter(request::Column::JournalSequence.is_not_null())
        .filter(request::Column::CreateTime.lte(until.as_micros()))
        .order_by_asc(request::Column::CreateTime)
        .order_by_asc(request::Column::CustomerKey)
        .limit(limit as u64)
}

/// Deletes the oldest request ids that led to an entry; returns how many.
pub(super) async fn delete_old_idempotency_records(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    until: Timestamp,
    limit: usize,
) -> StoreResult<usize> {
    let oldest = request::Entity::find()
        .select_only()
        .column(request::Column::RequestId)
        .filter(request::Column::CustomerKey.eq(customer.0))
        .filter(request::Column::JournalSequence.is_not_null())
        .filter(request::Column::CreateTime.lte(until.as_micros()))
        .order_by_asc(request::Column::CreateTime)
        .order_by_asc(request::Column::RequestId)
        .limit(limit as u64)
        .into_query();
    let removed = request::Entity::delete_many()
        .filter(request::Column::CustomerKey.eq(customer.0))
        .filter(request::Column::RequestId.in_subquery(oldest))
        .exec(db)
        .await
        .map_err(classify)?;
    fail_point(Point::OldIdempotencyRecordsDeleted);
    usize::try_from(removed.rows_affected).map_err(|error| corrupt("requests", customer, error))
}
