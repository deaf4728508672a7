use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use seatkeeper_domain::{BatchKey, CustomerKey, JournalSequence, RequestId, Timestamp};

use super::error::{classify, corrupt};
use crate::entity::request;
use crate::{RequestRecord, RequestTarget, StoreError, StoreResult};

const TABLE: &str = "requests";

pub(super) async fn by_id(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    id: &RequestId,
) -> StoreResult<Option<RequestRecord>> {
    let key = (customer.0, id.as_str().to_owned());
    let row = request::Entity::find_by_id(key).one(db).await;
    row.map_err(classify)?.map(parse).transpose()
}

/// Records in ascending order, after the one named.
pub(super) async fn after(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    after: Option<&RequestId>,
    limit: usize,
) -> StoreResult<Vec<RequestRecord>> {
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
    record: &RequestRecord,
) -> StoreResult<()> {
    if by_id(db, customer, &record.id).await?.is_some() {
        return Err(StoreError::AlreadyExists { what: "request" });
    }
    let (batch, entry) = match record.target {
        RequestTarget::Batch(batch) => (Some(batch.0), None),
        RequestTarget::Entry(sequence) => (None, Some(sequence.0)),
    };
    let row = request::ActiveModel {
        customer_key: Set(customer.0),
        request_id: Set(record.id.as_str().to_owned()),
        digest: Set(record.digest.to_vec()),
        batch_key: Set(batch),
        journal_sequence: Set(entry),
        create_time: Set(record.create_time.as_micros()),
    };
    request::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map(|_| ())
        .map_err(classify)
}

fn parse(row: request::Model) -> StoreResult<RequestRecord> {
    let key = (row.customer_key, row.request_id.clone());
    let target = match (row.batch_key, row.journal_sequence) {
        (Some(batch), None) => RequestTarget::Batch(BatchKey(batch)),
        (None, Some(sequence)) => RequestTarget::Entry(JournalSequence(sequence)),
        (None, None) | (Some(_), Some(_)) => {
            return Err(corrupt(TABLE, key, "it does not lead to exactly one thing"));
        }
    };
    Ok(RequestRecord {
        id: RequestId::parse(&row.request_id).map_err(|error| corrupt(TABLE, &key, error))?,
        digest: row
            .digest
            .try_into()
            .map_err(|_| corrupt(TABLE, &key, "the digest is not 32 bytes long"))?,
        target,
        create_time: Timestamp::from_micros(row.create_time),
    })
}
