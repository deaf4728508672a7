//! Journal compaction: a checkpoint replaces the oldest entries.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{ExprTrait, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use seatkeeper_domain::{
    BatchKey, CustomerKey, HeldLicense, JournalEntry, JournalSequence, ProductKey, Timestamp,
    UserKey,
};
use seatkeeper_failpoints::{Point, fail_point};

use super::error::{classify, corrupt, malformed};
use super::holdings::{parse_plans, plans_text};
use super::licenses::by_key::{is_listed, joined};
use super::query::{Column, Query};
use super::{batches, enum_codes, idempotency, journal};
use crate::checkpoint::{LicenseReducer, NetLicenseChange};
use crate::entity::{checkpoint_license, customer, journal as journal_rows, journal_checkpoint};
use crate::payload::{JournalCheckpointPayload, decode, encode};
use crate::{CheckpointLicense, CompactionStep, JournalCheckpoint, StoreResult};

const TABLE: &str = "checkpoint_licenses";

/// The result of a compaction step.
pub(super) struct Compacted {
    /// The last removed entry.
    pub(super) checkpoint: JournalSequence,
    /// The time of the first stored entry.
    pub(super) begin_time: Timestamp,
    /// The number of removed entries.
    pub(super) count: usize,
}

/// Runs one step on a journal that ends with `last`; `None` when no entry may be removed.
pub(super) async fn step(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    last: JournalSequence,
    step: CompactionStep,
) -> StoreResult<Option<Compacted>> {
    let mut checkpoint = checkpoint(db, customer).await?.unwrap_or_default();
    let mut entries = journal::page(db, customer, checkpoint.sequence, step.entries_max).await?;
    let named: Vec<BatchKey> = entries
        .iter()
        .filter_map(|entry| entry.effect.batch())
        .collect();
    let there = batches::ids(db, customer, &named).await?;
    let exists = |batch| there.iter().any(|(key, _)| *key == batch);
    entries.truncate(step.count(&entries, last, exists));
    let Some(newest) = entries.iter().map(|entry| entry.time).max() else {
        return Ok(None);
    };
    extend(db, customer, &mut checkpoint, &entries).await?;
    fail_point(Point::CheckpointSaved);
    remove(db, customer, &checkpoint, newest).await?;
    fail_point(Point::EntriesRemoved);
    Ok(Some(Compacted {
        checkpoint: checkpoint.sequence,
        begin_time: time_of(db, customer, checkpoint.sequence.0 + 1).await?,
        count: entries.len(),
    }))
}

/// Applies entries to a checkpoint and stores it.
async fn extend(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    checkpoint: &mut JournalCheckpoint,
    entries: &[JournalEntry],
) -> StoreResult<()> {
    let mut licenses = LicenseReducer::default();
    for entry in entries {
        checkpoint.apply(entry);
        if let Some(changes) = entry.effect.license_changes() {
            licenses.apply(entry, changes);
        }
    }
    write_licenses(db, customer, licenses).await?;
    fail_point(Point::CheckpointLicensesSaved);
    let row = journal_checkpoint::ActiveModel {
        customer_key: Set(customer.0),
        payload: Set(encode(&JournalCheckpointPayload::from(&*checkpoint))),
    };
    let replace = OnConflict::column(journal_checkpoint::Column::CustomerKey)
        .update_column(journal_checkpoint::Column::Payload)
        .to_owned();
    journal_checkpoint::Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(db)
        .await
        .map(|_| ())
        .map_err(classify)
}

/// Deletes the entries up to the checkpoint, and the request ids that led to them. `newest` is the
/// greatest time of these entries.
async fn remove(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    checkpoint: &JournalCheckpoint,
    newest: Timestamp,
) -> StoreResult<()> {
    idempotency::delete_for_entries(db, customer, checkpoint.sequence, newest).await?;
    journal_rows::Entity::delete_many()
        .filter(journal_rows::Column::CustomerKey.eq(customer.0))
        .filter(journal_rows::Column::Sequence.lte(checkpoint.sequence.0))
        .exec(db)
        .await
        .map(|_| ())
        .map_err(classify)
}

/// The time of an entry that must exist.
async fn time_of(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    sequence: i64,
) -> StoreResult<Timestamp> {
    let time: Option<i64> = journal_rows::Entity::find_by_id((customer.0, sequence))
        .select_only()
        .column(journal_rows::Column::Time)
        .into_tuple()
        .one(db)
        .await
        .map_err(classify)?;
    time.map(Timestamp::from_micros)
        .ok_or_else(|| corrupt("journal", (customer, sequence), "the entry is missing"))
}

async fn write_licenses(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    licenses: LicenseReducer,
) -> StoreResult<()> {
    let mut writes = Writes::default();
    for (key, change) in licenses.into_licenses() {
        match change {
            NetLicenseChange::Assigned {
                plans,
                assign_time,
                changed_by,
            } => {
                writes.assigned.plans.push(plans_text(&plans));
                writes.assigned.assign_times.push(assign_time.as_micros());
                writes.assigned.add(key, changed_by);
            }
            NetLicenseChange::Updated { plans, changed_by } => {
                writes.updated.plans.push(plans_text(&plans));
                writes.updated.add(key, changed_by);
            }
            NetLicenseChange::Revoked => writes.revoked.add(key, JournalSequence(0)),
        }
    }
    writes.revoked.delete(db, customer).await?;
    writes.updated.update(db, customer).await?;
    writes.assigned.insert(db, customer).await
}

#[derive(Default)]
struct Writes {
    assigned: Rows,
    updated: Rows,
    revoked: Rows,
}

/// The rows of one statement, column by column.
#[derive(Default)]
struct Rows {
    users: Vec<i64>,
    products: Vec<i64>,
    plans: Vec<String>,
    assign_times: Vec<i64>,
    changed_by: Vec<i64>,
}

impl Rows {
    fn add(&mut self, (user, product): (UserKey, ProductKey), changed_by: JournalSequence) {
        self.users.push(user.0);
        self.products.push(product.0.into());
        self.changed_by.push(changed_by.0);
    }

    async fn delete(self, db: &DatabaseTransaction, customer: CustomerKey) -> StoreResult<()> {
        if self.users.is_empty() {
            return Ok(());
        }
        let mut query = Query::new(db);
        let columns = vec![
            ("user_key", Column::Integers(self.users)),
            ("product_key", Column::Integers(self.products)),
        ];
        let listed = query.rows(customer, columns);
        let text = format!(
            "DELETE FROM checkpoint_licenses WHERE {}",
            is_listed(&query, TABLE, &listed)
        );
        run(db, query, text).await
    }

    async fn update(self, db: &DatabaseTransaction, customer: CustomerKey) -> StoreResult<()> {
        if self.users.is_empty() {
            return Ok(());
        }
        let mut query = Query::new(db);
        let columns = vec![
            ("user_key", Column::Integers(self.users)),
            ("product_key", Column::Integers(self.products)),
            ("disabled_plans", Column::Texts(self.plans)),
            ("changed_by", Column::Integers(self.changed_by)),
        ];
        let listed = query.rows(customer, columns);
        let (listed, same) = joined(&query, TABLE, listed);
        let text = format!(
            "UPDATE checkpoint_licenses SET disabled_plans = listed.disabled_plans, \
             changed_by = listed.changed_by FROM {listed} WHERE {same}"
        );
        run(db, query, text).await
    }

    /// Inserts assigned licenses. A license that was revoked and assigned again replaces the
    /// earlier row.
    async fn insert(self, db: &DatabaseTransaction, customer: CustomerKey) -> StoreResult<()> {
        if self.users.is_empty() {
            return Ok(());
        }
        let mut query = Query::new(db);
        let columns = vec![
            ("user_key", Column::Integers(self.users)),
            ("product_key", Column::Integers(self.products)),
            ("disabled_plans", Column::Texts(self.plans)),
            ("assign_time", Column::Integers(self.assign_times)),
            ("changed_by", Column::Integers(self.changed_by)),
        ];
        let listed = query.rows(customer, columns);
        let names = "customer_key, user_key, product_key, disabled_plans, assign_time, changed_by";
        let text = format!(
            "INSERT INTO checkpoint_licenses ({names}) SELECT {names} FROM {listed} WHERE true \
             ON CONFLICT (customer_key, user_key, product_key) DO UPDATE SET \
             disabled_plans = excluded.disabled_plans, assign_time = excluded.assign_time, \
             changed_by = excluded.changed_by"
        );
        run(db, query, text).await
    }
}

async fn run(db: &DatabaseTransaction, query: Query, text: String) -> StoreResult<()> {
    let done = db.execute_raw(query.statement(text)).await;
    done.map(|_| ()).map_err(classify)
}

/// The checkpoint that replaces a customer's removed entries; `None` when none was removed.
pub(super) async fn checkpoint(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
) -> StoreResult<Option<JournalCheckpoint>> {
    let row = journal_checkpoint::Entity::find_by_id(customer.0)
        .one(db)
        .await;
    let row = row.map_err(classify)?;
    let parse = |row: journal_checkpoint::Model| {
        decode::<JournalCheckpointPayload>(&row.payload)
            .and_then(JournalCheckpoint::try_from)
            .map_err(malformed("journal_checkpoints", row.customer_key))
    };
    row.map(parse).transpose()
}

/// Licenses of the checkpoint after `after`, ascending by user and product.
pub(super) async fn licenses(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    after: Option<(UserKey, ProductKey)>,
    limit: usize,
) -> StoreResult<Vec<CheckpointLicense>> {
    let after = after.map(|(user, product)| (user.0, i64::from(product.0)));
    let (user, product) = after.unwrap_or((0, -1));
    let same = checkpoint_license::Column::ProductKey.gt(product);
    let rows = checkpoint_license::Entity::find()
        .filter(checkpoint_license::Column::CustomerKey.eq(customer.0))
        .filter(checkpoint_license::Column::UserKey.gte(user))
        .filter(checkpoint_license::Column::UserKey.gt(user).or(same))
        .order_by_asc(checkpoint_license::Column::UserKey)
        .order_by_asc(checkpoint_license::Column::ProductKey)
        .limit(limit as u64)
        .all(db)
        .await
        .map_err(classify)?;
    rows.iter().map(parse_license).collect()
}

fn parse_license(row: &checkpoint_license::Model) -> StoreResult<CheckpointLicense> {
    let key = (row.customer_key, row.user_key, row.product_key);
    let wrong = |what| corrupt(TABLE, key, what);
    Ok(CheckpointLicense {
        user: UserKey(row.user_key),
        held: HeldLicense {
            product: enum_codes::parse_product(row.product_key)
                .ok_or_else(|| wrong("the product's key is negative"))?,
            disabled_plans: parse_plans(&row.disabled_plans)
                .ok_or_else(|| wrong("its disabled plans can't be read"))?,
        },
        assign_time: Timestamp::from_micros(row.assign_time),
        changed_by: JournalSequence(row.changed_by),
    })
}

/// Customers whose journal begins with an entry written at `until` or earlier, after `after`,
/// ascending by that time.
pub(super) async fn old_journals(
    db: &impl ConnectionTrait,
    until: Timestamp,
    after: Option<(Timestamp, CustomerKey)>,
    limit: usize,
) -> StoreResult<Vec<(Timestamp, CustomerKey)>> {
    let rows: Vec<(i64, i64)> = begun(until, after, limit)
        .into_tuple()
        .all(db)
        .await
        .map_err(classify)?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|(time, customer)| (Timestamp::from_micros(time), CustomerKey(customer)))
        .collect())
}

/// The query behind [`old_journals`].
pub(super) fn begun(
    until: Timestamp,
    after: Option<(Timestamp, CustomerKey)>,
    limit: usize,
) -> Select<customer::Entity> {
    let query = customer::Entity::find()
        .select_only()
        .column(customer::Column::JournalBeginTime)
        .column(customer::Column::CustomerKey)
        .filter(customer::Column::JournalBeginTime.lte(until.as_micros()))
        .order_by_asc(customer::Column::JournalBeginTime)
        .order_by_asc(customer::Column::CustomerKey)
        .limit(limit as u64);
    let Some((time, customer)) = after else {
        return query;
    };
    let time = time.as_micros();
    let same = customer::Column::CustomerKey.gt(customer.0);
    query
        .filter(customer::Column::JournalBeginTime.gte(time))
        .filter(customer::Column::JournalBeginTime.gt(time).or(same))
}
