use std::collections::HashMap;

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Select, Statement,
    sea_query::{Expr, ExprTrait as _},
};
use seatkeeper_domain::{
    BatchKey, BatchSpan, CustomerKey, Effect, JournalEntry, JournalSequence, Principal, Timestamp,
};
use seatkeeper_failpoints::{Point, fail_point};

use super::error::{classify, corrupt, malformed};
use super::query::Query;
use crate::entity::journal;
use crate::payload::{EffectPayload, decode, encode};
use crate::{JournalRow, ResultRange, StoreResult};

/// The stored bytes of entries read at once. The first entry is read at any size. A decoded entry
/// takes several times its stored size.
const READ_BYTES_MAX: i64 = 256 * 1024;

/// Entries per statement: with eight parameters each, far below the limit of either engine.
const ROWS_MAX: usize = 1_000;

/// The stored form of an entry's effect.
pub(super) fn payload(effect: &Effect) -> Vec<u8> {
    encode(&EffectPayload::from(effect))
}

/// Appends an entry; `payload` is its encoded effect.
pub(super) async fn insert(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    entry: &JournalEntry,
    payload: Vec<u8>,
) -> StoreResult<()> {
    let row = row_of(customer, entry, payload);
    journal::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map_err(classify)?;
    fail_point(Point::EntryAppended);
    Ok(())
}

/// Appends entries, each with its encoded effect, and returns the entries.
pub(super) async fn insert_all(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    entries: Vec<(JournalEntry, Vec<u8>)>,
) -> StoreResult<Vec<JournalEntry>> {
    let (entries, rows): (Vec<_>, Vec<_>) = entries
        .into_iter()
        .map(|(entry, payload)| {
            let row = row_of(customer, &entry, payload);
            (entry, row)
        })
        .unzip();
    for rows in rows.chunks(ROWS_MAX) {
        journal::Entity::insert_many(rows.iter().cloned())
            .exec_without_returning(db)
            .await
            .map_err(classify)?;
        fail_point(Point::EntryAppended);
    }
    Ok(entries)
}

fn row_of(customer: CustomerKey, entry: &JournalEntry, payload: Vec<u8>) -> journal::ActiveModel {
    let results = results_of(&entry.effect);
    journal::ActiveModel {
        customer_key: Set(customer.0),
        sequence: Set(entry.sequence.0),
        time: Set(entry.time.as_micros()),
        principal: Set(entry.principal.as_str().to_owned()),
        batch_key: Set(results.map(|(span, _)| span.batch.0)),
        first_result: Set(results.map(|(span, _)| span.first_result)),
        last_result: Set(results.map(|(_, last)| last)),
        payload: Set(payload),
    }
}

/// The batch results that an entry holds: their span and the last one.
fn results_of(effect: &Effect) -> Option<(BatchSpan, i64)> {
    let changes = effect.license_changes()?;
    changes.span.map(|span| (span, changes.last_result()))
}

/// The entries with these sequence numbers, in the same order; takes one statement.
pub(super) async fn by_sequences(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    sequences: &[JournalSequence],
) -> StoreResult<Vec<Option<JournalEntry>>> {
    if sequences.is_empty() {
        return Ok(Vec::new());
    }
    let numbers: Vec<i64> = sequences.iter().map(|sequence| sequence.0).collect();
    let rows = journal::Entity::find().from_raw_sql(listed(db, customer, &numbers));
    let entries = rows.all(db).await.map_err(classify)?.into_iter();
    let entries = entries.map(|row| Ok((JournalSequence(row.sequence), parse(row)?)));
    let entries = entries.collect::<StoreResult<HashMap<_, _>>>()?;
    let found = sequences
        .iter()
        .map(|sequence| entries.get(sequence).cloned());
    Ok(found.collect())
}

/// The statement behind [`by_sequences`].
pub(super) fn listed(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    numbers: &[i64],
) -> Statement {
    let mut query = Query::new(db);
    let customer = query.bind(customer.0);
    let listed = query.is_one_of("sequence", numbers);
    query.statement(format!(
        "SELECT * FROM journal WHERE customer_key = {customer} AND {listed}"
    ))
}

/// The entries after `after`, at most `limit`; fewer when entries are large.
pub(super) async fn page(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    after: JournalSequence,
    limit: usize,
) -> StoreResult<Vec<JournalEntry>> {
    let sizes: Vec<i64> = following(customer, after, limit)
        .select_only()
        .column_as(Expr::cust("length(payload)").cast_as("BIGINT"), "bytes")
        .into_tuple()
        .all(db)
        .await
        .map_err(classify)?;
    let Some(count) = readable(&sizes) else {
        return Ok(Vec::new());
    };
    let rows = following(customer, after, count).all(db).await;
    rows.map_err(classify)?.into_iter().map(parse).collect()
}

/// At most `limit` entries, with the columns that index them.
pub(super) async fn rows(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    after: JournalSequence,
    limit: usize,
) -> StoreResult<Vec<JournalRow>> {
    let rows = following(customer, after, limit).all(db).await;
    rows.map_err(classify)?.into_iter().map(parse_row).collect()
}

fn following(
    customer: CustomerKey,
    after: JournalSequence,
    limit: usize,
) -> Select<journal::Entity> {
    journal::Entity::find()
        .filter(journal::Column::CustomerKey.eq(customer.0))
        .filter(journal::Column::Sequence.gt(after.0))
        .order_by_asc(journal::Column::Sequence)
        .limit(limit as u64)
}

/// How many entries with payloads of these sizes to read at once; `None` when there are none.
fn readable(sizes: &[i64]) -> Option<usize> {
    let mut total = 0;
    let fitting = sizes.iter().take_while(|&&size| {
        total += size;
        total <= READ_BYTES_MAX
    });
    let fitting = fitting.count();
    (!sizes.is_empty()).then_some(fitting.max(1))
}

fn parse_row(row: journal::Model) -> StoreResult<JournalRow> {
    let results = match (row.batch_key, row.first_result, row.last_result) {
        (Some(batch), Some(first), Some(last)) => Some(ResultRange {
            batch: BatchKey(batch),
            first,
            last,
        }),
        (None, None, None) => None,
        _ => {
            let key = (row.customer_key, row.sequence);
            let what = "the batch, the first result and the last result must be set together";
            return Err(corrupt("journal", key, what));
        }
    };
    let entry = parse(row)?;
    Ok(JournalRow { entry, results })
}

/// The entries with results of a batch after `after_result`, in order.
pub(super) async fn of_batch(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    batch: BatchKey,
    after_result: i64,
    limit: usize,
) -> StoreResult<Vec<JournalEntry>> {
    let rows = journal::Entity::find()
        .filter(journal::Column::CustomerKey.eq(customer.0))
        .filter(journal::Column::BatchKey.eq(batch.0))
        .filter(journal::Column::LastResult.gt(after_result))
        .order_by_asc(journal::Column::LastResult)
        .limit(limit as u64)
        .all(db)
        .await
        .map_err(classify)?;
    rows.into_iter().map(parse).collect()
}

fn parse(row: journal::Model) -> StoreResult<JournalEntry> {
    let effect = decode::<EffectPayload>(&row.payload)
        .and_then(Effect::try_from)
        .map_err(malformed("journal", (row.customer_key, row.sequence)))?;
    Ok(JournalEntry {
        sequence: JournalSequence(row.sequence),
        time: Timestamp::from_micros(row.time),
        principal: Principal::new(row.principal),
        effect,
    })
}
