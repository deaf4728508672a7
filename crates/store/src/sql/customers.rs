use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use seatkeeper_domain::{
    Customer, CustomerId, CustomerKey, Effect, JournalEntry, JournalSequence, Timestamp,
};

use super::counters::Counters;
use super::error::{classify, corrupt, is_duplicate};
use super::journal;
use crate::entity::{
    batch, checkpoint_license, customer, deleted_user, entitlement, journal as journal_rows,
    journal_checkpoint, license, license_holders, purchase, request, reservation, segment,
    selection, selection_block, user, waitlist,
};
use crate::{JournalSpan, NewCustomer, StoreError, StoreResult};

const TABLE: &str = "customers";

pub(super) async fn by_key(
    db: &impl ConnectionTrait,
    key: CustomerKey,
) -> StoreResult<Option<Customer>> {
    row(db, key).await?.map(parse).transpose()
}

pub(super) async fn by_id(
    db: &impl ConnectionTrait,
    id: &CustomerId,
) -> StoreResult<Option<Customer>> {
    let row = customer::Entity::find()
        .filter(customer::Column::CustomerId.eq(id.as_str()))
        .one(db)
        .await;
    row.map_err(classify)?.map(parse).transpose()
}

/// The customer's row, read without a lock.
pub(super) async fn row(
    db: &impl ConnectionTrait,
    key: CustomerKey,
) -> StoreResult<Option<customer::Model>> {
    let row = customer::Entity::find_by_id(key.0).one(db).await;
    row.map_err(classify)
}

/// The customer's row, read with the customer's lock. On SQLite the transaction itself is the lock.
pub(super) async fn lock(
    db: &DatabaseTransaction,
    key: CustomerKey,
) -> StoreResult<Option<customer::Model>> {
    let row = customer::Entity::find_by_id(key.0).lock_exclusive().one(db);
    row.await.map_err(classify)
}

pub(super) async fn page(
    db: &impl ConnectionTrait,
    after: Option<&CustomerId>,
    limit: usize,
) -> StoreResult<Vec<Customer>> {
    let mut query = customer::Entity::find()
        .order_by_asc(customer::Column::CustomerId)
        .limit(limit as u64);
    if let Some(after) = after {
        query = query.filter(customer::Column::CustomerId.gt(after.as_str()));
    }
    let rows = query.all(db).await.map_err(classify)?;
    rows.into_iter().map(parse).collect()
}

pub(super) async fn count(db: &impl ConnectionTrait) -> StoreResult<i64> {
    let count = customer::Entity::find().count(db).await.map_err(classify)?;
    i64::try_from(count).map_err(|error| corrupt(TABLE, "*", error))
}

pub(super) async fn last_user_key(db: &impl ConnectionTrait, key: CustomerKey) -> StoreResult<i64> {
    Ok(row(db, key).await?.map_or(0, |row| row.last_user_key))
}

/// The number of deleted users: the keys assigned so far, minus the users that exist.
pub(super) async fn count_deleted_users(
    db: &impl ConnectionTrait,
    key: CustomerKey,
) -> StoreResult<i64> {
    let row = customer::Entity::find_by_id(key.0).one(db).await;
    let row = row.map_err(classify)?;
    Ok(row.map_or(0, |row| row.last_user_key - row.user_count))
}

pub(super) async fn journal_span(
    db: &impl ConnectionTrait,
    key: CustomerKey,
) -> StoreResult<Option<JournalSpan>> {
    Ok(row(db, key).await?.map(|row| JournalSpan {
        checkpoint: JournalSequence(row.journal_checkpoint),
        last: JournalSequence(row.journal_sequence),
    }))
}

/// Inserts a customer and its first journal entry.
pub(super) async fn create(db: &DatabaseTransaction, new: NewCustomer) -> StoreResult<Customer> {
    let row = customer::ActiveModel {
        customer_key: NotSet,
        customer_id: Set(new.id.as_str().to_owned()),
        display_name: Set(new.display_name),
        user_count: Set(0),
        last_user_key: Set(0),
        last_batch_key: Set(0),
        journal_sequence: Set(1),
        journal_checkpoint: Set(0),
        journal_begin_time: Set(new.time.as_micros()),
        waitlist_count: Set(0),
        last_waitlist_sequence: Set(0),
        revision: Set(1),
        create_time: Set(new.time.as_micros()),
        update_time: Set(new.time.as_micros()),
    };
    let row = row.insert(db).await.map_err(|error| {
        if is_duplicate(&error) {
            StoreError::AlreadyExists { what: "customer" }
        } else {
            classify(error)
        }
    })?;
    let customer = parse(row)?;
    let entry = JournalEntry {
        sequence: JournalSequence(1),
        time: new.time,
        principal: new.principal,
        effect: Effect::CustomerChanged(customer.clone()),
    };
    let payload = journal::payload(&entry.effect);
    journal::insert(db, customer.key, &entry, payload).await?;
    Ok(customer)
}

/// Updates the row with the customer's fields and counters.
pub(super) async fn save(
    db: &DatabaseTransaction,
    customer: &Customer,
    counters: Counters,
) -> StoreResult<()> {
    let row = counters.row(customer).into_active_model().reset_all();
    customer::Entity::update(row)
        .exec(db)
        .await
        .map(|_| ())
        .map_err(classify)
}

/// Deletes a customer's rows, in an order that breaks no foreign key.
pub(super) async fn delete(db: &DatabaseTransaction, key: CustomerKey) -> StoreResult<()> {
    macro_rules! delete_from {
        ($($table:ident),+ $(,)?) => {$(
            $table::Entity::delete_many()
                .filter($table::Column::CustomerKey.eq(key.0))
                .exec(db)
                .await
                .map_err(classify)?;
        )+};
    }
    delete_from!(
        checkpoint_license,
        license,
        license_holders,
        waitlist,
        deleted_user,
        user,
        purchase,
        entitlement,
        reservation,
        segment,
        selection_block,
        selection,
        batch,
        request,
        journal_rows,
        journal_checkpoint,
        customer,
    );
    Ok(())
}

pub(super) fn parse(row: customer::Model) -> StoreResult<Customer> {
    let id = CustomerId::parse(&row.customer_id)
        .map_err(|error| corrupt(TABLE, row.customer_key, error))?;
    Ok(Customer {
        key: CustomerKey(row.customer_key),
        id,
        display_name: row.display_name,
        user_count: row.user_count,
        revision: row.revision,
        create_time: Timestamp::from_micros(row.create_time),
        update_time: Timestamp::from_micros(row.update_time),
    })
}
