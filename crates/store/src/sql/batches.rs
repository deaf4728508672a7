use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QueryResult, QuerySelect, Select,
    Statement,
};
use seatkeeper_domain::{
    BatchId, BatchKey, BatchState, CustomerKey, OutcomeCounts, Timestamp, ViolationCounts,
};

use super::enum_codes::{self, REMOVED};
use super::error::{classify, corrupt, malformed};
use super::query::Query;
use crate::entity::batch;
use crate::payload::{BatchSpecPayload, BatchTally, BatchTallyPayload, decode, encode};
use crate::{Batch, BatchProgress, Lease, NewBatch, StoreError, StoreResult};

const TABLE: &str = "batches";

pub(super) async fn by_key(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    key: BatchKey,
) -> StoreResult<Option<Batch>> {
    let row = of_customer(customer)
        .filter(batch::Column::BatchKey.eq(key.0))
        .one(db)
        .await;
    row.map_err(classify)?.map(parse).transpose()
}

pub(super) async fn by_id(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    id: &BatchId,
) -> StoreResult<Option<Batch>> {
    let row = of_customer(customer)
        .filter(batch::Column::BatchId.eq(id.as_str()))
        .one(db)
        .await;
    row.map_err(classify)?.map(parse).transpose()
}

/// The progress of these batches, ascending by keys; batches that do not exist are left out.
pub(super) async fn progress(
    db: &impl ConnectionTrait,
    batches: &[(CustomerKey, BatchKey)],
) -> StoreResult<Vec<BatchProgress>> {
    let rows = db.query_all_raw(progress_statement(db, batches)).await;
    let rows = rows.map_err(classify)?;
    rows.iter().map(parse_progress).collect()
}

/// The statement behind [`progress`].
pub(super) fn progress_statement(
    db: &impl ConnectionTrait,
    batches: &[(CustomerKey, BatchKey)],
) -> Statement {
    let mut query = Query::new(db);
    let customers: Vec<i64> = batches.iter().map(|(customer, _)| customer.0).collect();
    let keys: Vec<i64> = batches.iter().map(|(_, batch)| batch.0).collect();
    let listed = query.integer_pairs(["customer_key", "batch_key"], &customers, &keys);
    let same = "batches.customer_key = listed.customer_key \
                AND batches.batch_key = listed.batch_key";
    let lookup = query.lookup_join(&listed, TABLE, same);
    query.statement(format!(
        "SELECT DISTINCT batches.customer_key, batches.batch_key, state, user_count, \
         processed_count, user_stream_open, tally \
         FROM {lookup} WHERE batches.state <> {REMOVED} \
         ORDER BY batches.customer_key, batches.batch_key"
    ))
}

fn parse_progress(row: &QueryResult) -> StoreResult<BatchProgress> {
    let customer: i64 = row.try_get_by_index(0).map_err(classify)?;
    let batch: i64 = row.try_get_by_index(1).map_err(classify)?;
    let key = (customer, batch);
    let state: i16 = row.try_get_by_index(2).map_err(classify)?;
    let tally: Vec<u8> = row.try_get_by_index(6).map_err(classify)?;
    let tally: BatchTally = decode::<BatchTallyPayload>(&tally)
        .and_then(TryInto::try_into)
        .map_err(malformed(TABLE, key))?;
    Ok(BatchProgress {
        customer: CustomerKey(customer),
        batch: BatchKey(batch),
        state: enum_codes::parse_batch_state(state)
            .ok_or_else(|| corrupt(TABLE, key, "its state is unknown"))?,
        user_count: row.try_get_by_index(3).map_err(classify)?,
        processed_count: row.try_get_by_index(4).map_err(classify)?,
        failed_user_count: tally.counts.users_failed,
        user_stream_open: row.try_get_by_index(5).map_err(classify)?,
    })
}

/// The identifiers of these batches, ascending by key; batches that do not exist are left out.
pub(super) async fn ids(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    batches: &[BatchKey],
) -> StoreResult<Vec<(BatchKey, BatchId)>> {
    let mut query = Query::new(db);
    let customer_key = query.bind(customer.0);
    let keys: Vec<i64> = batches.iter().map(|batch| batch.0).collect();
    let condition = query.is_one_of("batch_key", &keys);
    let text = format!(
        "SELECT batch_key, batch_id FROM batches \
         WHERE customer_key = {customer_key} AND state <> {REMOVED} AND {condition} \
         ORDER BY batch_key"
    );
    let rows = db.query_all_raw(query.statement(text)).await;
    let rows = rows.map_err(classify)?;
    let parse = |row: &QueryResult| {
        let key: i64 = row.try_get_by_index(0).map_err(classify)?;
        let id: String = row.try_get_by_index(1).map_err(classify)?;
        let id = BatchId::parse(&id).map_err(|error| corrupt(TABLE, (customer, key), error))?;
        Ok((BatchKey(key), id))
    };
    rows.iter().map(parse).collect()
}

pub(super) async fn page(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    before: Option<BatchKey>,
    limit: usize,
) -> StoreResult<Vec<Batch>> {
    let mut query = accepted(customer)
        .order_by_desc(batch::Column::BatchKey)
        .limit(limit as u64);
    if let Some(before) = before {
        query = query.filter(batch::Column::BatchKey.lt(before.0));
    }
    let rows = query.all(db).await.map_err(classify)?;
    rows.into_iter().map(parse).collect()
}

/// Batches in any state, oldest first.
pub(super) async fn after(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    after: BatchKey,
    limit: usize,
) -> StoreResult<Vec<Batch>> {
    let rows = of_customer(customer)
        .filter(batch::Column::BatchKey.gt(after.0))
        .order_by_asc(batch::Column::BatchKey)
        .limit(limit as u64)
        .all(db)
        .await
        .map_err(classify)?;
    rows.into_iter().map(parse).collect()
}

pub(super) async fn count(db: &impl ConnectionTrait, customer: CustomerKey) -> StoreResult<i64> {
    count_of(db, accepted(customer)).await
}

pub(super) async fn count_running(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
) -> StoreResult<i64> {
    let running = enum_codes::batch_state(BatchState::Running);
    count_of(
        db,
        of_customer(customer).filter(batch::Column::State.eq(running)),
    )
    .await
}

async fn count_of(db: &impl ConnectionTrait, query: Select<batch::Entity>) -> StoreResult<i64> {
    let count = query.count(db).await.map_err(classify)?;
    i64::try_from(count).map_err(|error| corrupt(TABLE, "*", error))
}

/// The unfinished batches of all customers without a valid lease at `now`.
pub(super) async fn claimable(
    db: &impl ConnectionTrait,
    now: Timestamp,
    after: Option<(CustomerKey, BatchKey)>,
    limit: usize,
) -> StoreResult<Vec<(CustomerKey, BatchKey)>> {
    let free = Condition::any()
        .add(batch::Column::LeaseOwner.is_null())
        .add(batch::Column::LeaseUntil.is_null())
        .add(batch::Column::LeaseUntil.lte(now.as_micros()));
    let mut query = batch::Entity::find()
        .select_only()
        .column(batch::Column::CustomerKey)
        .column(batch::Column::BatchKey)
        .filter(unfinished())
        .filter(free)
        .order_by_asc(batch::Column::CustomerKey)
        .order_by_asc(batch::Column::BatchKey)
        .limit(limit as u64);
    if let Some((customer, batch)) = after {
        let later = batch::Column::CustomerKey
            .eq(customer.0)
            .and(batch::Column::BatchKey.gt(batch.0));
        query = query
            .filter(batch::Column::CustomerKey.gte(customer.0))
            .filter(batch::Column::CustomerKey.gt(customer.0).or(later));
    }
    let rows: Vec<(i64, i64)> = query.into_tuple().all(db).await.map_err(classify)?;
    Ok(rows
        .into_iter()
        .map(|(customer, batch)| (CustomerKey(customer), BatchKey(batch)))
        .collect())
}

/// Uses literals, not binds: with binds the partial index over these states can't be used.
pub(super) fn unfinished() -> Expr {
    let [preparing, running] = enum_codes::UNFINISHED;
    Expr::cust(format!("state IN ({preparing}, {running})"))
}

/// A customer's batches, except those being removed.
fn of_customer(customer: CustomerKey) -> Select<batch::Entity> {
    batch::Entity::find()
        .filter(batch::Column::CustomerKey.eq(customer.0))
        .filter(batch::Column::State.ne(REMOVED))
}

/// The customer's unfinished batches, ascending.
pub(super) async fn all_unfinished(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
) -> StoreResult<Vec<Batch>> {
    let rows = batch::Entity::find()
        .filter(batch::Column::CustomerKey.eq(customer.0))
        .filter(unfinished())
        .order_by_asc(batch::Column::BatchKey)
        .all(db)
        .await
        .map_err(classify)?;
    rows.into_iter().map(parse).collect()
}

fn accepted(customer: CustomerKey) -> Select<batch::Entity> {
    let preparing = enum_codes::batch_state(BatchState::Preparing);
    of_customer(customer).filter(batch::Column::State.ne(preparing))
}

pub(super) async fn insert(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    key: BatchKey,
    new: NewBatch,
) -> StoreResult<Batch> {
    if by_id(db, customer, &new.id).await?.is_some() {
        return Err(StoreError::AlreadyExists { what: "batch" });
    }
    let batch = Batch {
        key,
        id: new.id,
        spec: new.spec,
        state: BatchState::Preparing,
        user_count: 0,
        duplicate_count: 0,
        user_stream_open: new.user_stream_open,
        user_stream_interrupted: false,
        processed_count: 0,
        counts: OutcomeCounts::default(),
        violations: ViolationCounts::new(),
        seats_left: Vec::new(),
        seats_bought: Vec::new(),
        cancel_requested: false,
        lease: new.lease,
        start_time: None,
        end_time: None,
    };
    let mut row = row_of(customer, &batch).into_active_model().reset_all();
    row.spec = Set(encode(&BatchSpecPayload::from(&batch.spec)));
    batch::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map_err(classify)?;
    Ok(batch)
}

/// Replaces all columns but spec and identifier.
pub(super) async fn save(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    batch: &Batch,
) -> StoreResult<()> {
    let mut row = row_of(customer, batch).into_active_model().reset_all();
    row.batch_id = NotSet;
    row.spec = NotSet;
    let updated = batch::Entity::update_many()
        .set(row)
        .filter(batch::Column::CustomerKey.eq(customer.0))
        .filter(batch::Column::BatchKey.eq(batch.key.0))
        .exec(db)
        .await
        .map_err(classify)?;
    if updated.rows_affected == 1 {
        return Ok(());
    }
    let key = (customer, batch.key);
    Err(corrupt(TABLE, key, "the batch does not exist"))
}

pub(super) async fn delete(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    key: BatchKey,
) -> StoreResult<()> {
    batch::Entity::delete_by_id((customer.0, key.0))
        .exec(db)
        .await
        .map(|_| ())
        .map_err(classify)
}

/// The row, without its spec.
fn row_of(customer: CustomerKey, batch: &Batch) -> batch::Model {
    batch::Model {
        customer_key: customer.0,
        batch_key: batch.key.0,
        batch_id: batch.id.as_str().to_owned(),
        state: enum_codes::batch_state(batch.state),
        user_count: batch.user_count,
        duplicate_count: batch.duplicate_count,
        user_stream_open: batch.user_stream_open,
        user_stream_interrupted: batch.user_stream_interrupted,
        processed_count: batch.processed_count,
        cancel_requested: batch.cancel_requested,
        lease_owner: batch.lease.owner.clone(),
        lease_until: batch.lease.until.map(Timestamp::as_micros),
        lease_epoch: batch.lease.epoch,
        start_time: batch.start_time.map(Timestamp::as_micros),
        end_time: batch.end_time.map(Timestamp::as_micros),
        spec: Vec::new(),
        tally: encode(&BatchTallyPayload::from(batch)),
    }
}

fn parse(row: batch::Model) -> StoreResult<Batch> {
    let key = (row.customer_key, row.batch_key);
    let spec = decode::<BatchSpecPayload>(&row.spec)
        .and_then(TryInto::try_into)
        .map_err(malformed(TABLE, key))?;
    let tally: BatchTally = decode::<BatchTallyPayload>(&row.tally)
        .and_then(TryInto::try_into)
        .map_err(malformed(TABLE, key))?;
    Ok(Batch {
        key: BatchKey(row.batch_key),
        id: BatchId::parse(&row.batch_id).map_err(|error| corrupt(TABLE, key, error))?,
        spec,
        state: enum_codes::parse_batch_state(row.state)
            .ok_or_else(|| corrupt(TABLE, key, "its state is unknown"))?,
        user_count: row.user_count,
        duplicate_count: row.duplicate_count,
        user_stream_open: row.user_stream_open,
        user_stream_interrupted: row.user_stream_interrupted,
        processed_count: row.processed_count,
        counts: tally.counts,
        violations: tally.violations,
        seats_left: tally.seats_left,
        seats_bought: tally.seats_bought,
        cancel_requested: row.cancel_requested,
        lease: Lease {
            owner: row.lease_owner,
            until: row.lease_until.map(Timestamp::from_micros),
            epoch: row.lease_epoch,
        },
        start_time: row.start_time.map(Timestamp::from_micros),
        end_time: row.end_time.map(Timestamp::from_micros),
    })
}
