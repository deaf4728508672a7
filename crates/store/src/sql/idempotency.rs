use std::collections::{HashMap, HashSet};

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, Statement,
};
use seatkeeper_domain::{BatchKey, CustomerKey, JournalSequence, RequestId, Timestamp};

use super::error::{classify, corrupt};
use super::query::Query;
use crate::entity::request;
use crate::{IdempotencyRecord, IdempotencyTarget, StoreError, StoreResult};

const TABLE: &str = "requests";

/// Records per statement: with six parameters each, far below the limit of either engine.
const ROWS_MAX: usize = 1_000;

pub(super) async fn by_id(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    id: &RequestId,
) -> StoreResult<Option<IdempotencyRecord>> {
    let key = (customer.0, id.as_str().to_owned());
    let row = request::Entity::find_by_id(key).one(db).await;
    row.map_err(classify)?.map(parse).transpose()
}

/// Records in the order of these identifiers; `None` for an identifier that was not used.
pub(super) async fn by_ids(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    ids: &[RequestId],
) -> StoreResult<Vec<Option<IdempotencyRecord>>> {
    if let [id] = ids {
        return Ok(vec![by_id(db, customer, id).await?]);
    }
    let rows = request::Entity::find().from_raw_sql(listed(db, customer, ids));
    let rows = rows.all(db).await.map_err(classify)?.into_iter();
    let found = rows.map(|row| {
        let record = parse(row)?;
        Ok((record.id.clone(), record))
    });
    let found = found.collect::<StoreResult<HashMap<_, _>>>()?;
    Ok(ids.iter().map(|id| found.get(id).cloned()).collect())
}

/// The statement behind [`by_ids`].
pub(super) fn listed(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    ids: &[RequestId],
) -> Statement {
    let mut query = Query::new(db);
    let customer = query.bind(customer.0);
    let listed = query.texts(ids.iter().map(|id| id.as_str().to_owned()).collect());
    let same = format!("requests.customer_key = {customer} AND requests.request_id = listed.value");
    let lookup = query.lookup_join(&listed, "requests", &same);
    query.statement(format!("SELECT requests.* FROM {lookup}"))
}

/// Records after `after`, ascending.
pub(super) async fn after(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    after: Option<&RequestId>,
    limit: usize,
) -> StoreResult<Vec<IdempotencyRecord>> {
    let mut query = request::Entity::find()
        .filter(request::Column::CustomerKey.eq(customer.0))
        .order_by_asc(request::Column::RequestId)
        .limit(limit as u64);
    if let Some(after) = after {
        query = query.filter(request::Column::RequestId.gt(after.as_str()));
    }
    let rows = query.all(db).await.map_err(classify)?;
    rows.into_iter().map(parse).collect()
}

pub(super) async fn insert(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    records: &[IdempotencyRecord],
) -> StoreResult<()> {
    let ids: Vec<RequestId> = records.iter().map(|record| record.id.clone()).collect();
    let distinct: HashSet<&RequestId> = ids.iter().collect();
    let found = by_ids(db, customer, &ids).await?;
    if distinct.len() < ids.len() || found.iter().any(Option::is_some) {
        return Err(StoreError::AlreadyExists { what: "request" });
    }
    for records in records.chunks(ROWS_MAX) {
        let rows = records.iter().map(|record| row_of(customer, record));
        request::Entity::insert_many(rows)
            .exec_without_returning(db)
            .await
            .map_err(classify)?;
    }
    Ok(())
}

fn row_of(customer: CustomerKey, record: &IdempotencyRecord) -> request::ActiveModel {
    let (batch, entry) = match record.target {
        IdempotencyTarget::Batch(batch) => (Some(batch.0), None),
        IdempotencyTarget::Entry(sequence) => (None, Some(sequence.0)),
    };
    request::ActiveModel {
        customer_key: Set(customer.0),
        request_id: Set(record.id.as_str().to_owned()),
        digest: Set(record.digest.to_vec()),
        batch_key: Set(batch),
        journal_sequence: Set(entry),
        create_time: Set(record.create_time.as_micros()),
    }
}

/// Deletes the request ids that led to entries up to `last`. `newest` is the greatest time of these
/// entries: an entry and its request id have the same time.
pub(super) async fn delete_for_entries(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    last: JournalSequence,
    newest: Timestamp,
) -> StoreResult<()> {
    request::Entity::delete_many()
        .filter(request::Column::CustomerKey.eq(customer.0))
        .filter(request::Column::JournalSequence.lte(last.0))
        .filter(request::Column::CreateTime.lte(newest.as_micros()))
        .exec(db)
        .await
        .map(|_| ())
        .map_err(classify)
}

/// Deletes the request id that led to this batch.
pub(super) async fn delete_for_batch(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    id: &RequestId,
    batch: BatchKey,
) -> StoreResult<()> {
    request::Entity::delete_many()
        .filter(request::Column::CustomerKey.eq(customer.0))
        .filter(request::Column::RequestId.eq(id.as_str()))
        .filter(request::Column::BatchKey.eq(batch.0))
        .exec(db)
        .await
        .map(|_| ())
        .map_err(classify)
}

fn parse(row: request::Model) -> StoreResult<IdempotencyRecord> {
    let key = (row.customer_key, row.request_id.clone());
    let target = match (row.batch_key, row.journal_sequence) {
        (Some(batch), None) => IdempotencyTarget::Batch(BatchKey(batch)),
        (None, Some(sequence)) => IdempotencyTarget::Entry(JournalSequence(sequence)),
        (None, None) | (Some(_), Some(_)) => {
            return Err(corrupt(TABLE, key, "exactly one target must be set"));
        }
    };
    Ok(IdempotencyRecord {
        id: RequestId::parse(&row.request_id).map_err(|error| corrupt(TABLE, &key, error))?,
        digest: row
            .digest
            .try_into()
            .map_err(|_| corrupt(TABLE, &key, "the digest is not 32 bytes long"))?,
        target,
        create_time: Timestamp::from_micros(row.create_time),
    })
}
