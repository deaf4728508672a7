//! Loads a chunk with one statement: the database aggregates each column of the users into one
//! text. Mapping rows one by one through an async driver costs more than the rest of a chunk.
//! Joining the columns of each row in SQL costs more than aggregating each column.

mod aggregated;
mod assembly;

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, QueryResult, Statement};
use seatkeeper_domain::{CustomerKey, JournalSequence, RelevantProducts, UserId};

use self::aggregated::{AggregatedUser, LicenseColumns, UserColumns};
use self::assembly::Chunk;
use super::error::{classify, corrupt};
use super::holdings::Holdings;
use super::licenses::LicenseLookup;
use super::query::Query;
use super::user_keys::UserKeys;
use crate::{LoadedChunk, Selected, SelectedUser, StoreError, StoreResult};

/// The state of the selected users, in order, with their licenses of the relevant products.
pub(super) async fn load(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    selected: &[Selected],
    relevant: &RelevantProducts,
) -> StoreResult<LoadedChunk> {
    let keys = known_keys(selected);
    let Some(user_keys) = UserKeys::covering(&keys) else {
        return Chunk::default().assemble(customer, selected);
    };
    let Some(read) = read(db, customer, &user_keys, relevant).await? else {
        return Err(unreadable("customers", customer));
    };
    let users = aggregated::users(&read.users).ok_or_else(|| unreadable("users", customer))?;
    let mut holdings = Holdings::new();
    let holders = aggregated::holders(&read.licenses, &mut holdings)
        .ok_or_else(|| unreadable("licenses", customer))?;
    let deleted = match missing(&keys, &users) {
        missing if missing.is_empty() => HashMap::new(),
        missing => deleted_ids(db, customer, &missing).await?,
    };
    Chunk {
        as_of: read.as_of,
        users,
        holders,
        holdings,
        deleted,
    }
    .assemble(customer, selected)
}

/// The selected keys, ascending and distinct.
fn known_keys(selected: &[Selected]) -> Vec<i64> {
    let mut keys: Vec<i64> = selected
        .iter()
        .filter_map(|one| match one.user {
            SelectedUser::Known(key) => Some(key.0),
            SelectedUser::Unknown(_) => None,
        })
        .collect();
    if !keys.is_sorted() {
        keys.sort_unstable();
    }
    keys.dedup();
    keys
}

/// The aggregated columns of a chunk, all as of one moment.
struct Read {
    as_of: JournalSequence,
    users: UserColumns,
    licenses: LicenseColumns,
}

/// Reads the state of all users in `user_keys`; `None` when the customer does not exist.
async fn read(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    user_keys: &UserKeys<'_>,
    relevant: &RelevantProducts,
) -> StoreResult<Option<Read>> {
    let statement = statement(db, customer, user_keys, relevant);
    let row = db.query_one_raw(statement).await;
    let Some(row) = row.map_err(classify)? else {
        return Ok(None);
    };
    let sequence = row.try_get_by_index(0).map_err(classify)?;
    Ok(Some(Read {
        as_of: JournalSequence(sequence),
        users: UserColumns {
            keys: aggregated_column(&row, 1)?,
            states: aggregated_column(&row, 2)?,
            usage_locations: aggregated_column(&row, 3)?,
            ids: aggregated_column(&row, 4)?,
        },
        licenses: LicenseColumns {
            users: aggregated_column(&row, 5)?,
            products: aggregated_column(&row, 6)?,
            disabled_plans: aggregated_column(&row, 7)?,
        },
    }))
}

/// The statement behind [`load`].
pub(super) fn statement(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    user_keys: &UserKeys<'_>,
    relevant: &RelevantProducts,
) -> Statement {
    let mut query = Query::new(db);
    let customer_key = query.bind(customer.0);
    let condition = user_keys.condition(&mut query);
    let lookup = LicenseLookup::relevant(&mut query, &customer_key, relevant, *user_keys);
    let lookup = lookup.table(&mut query);
    let users = query.aggregated_columns(&["user_key", "state", "usage_location", "user_id"]);
    let licenses = query.aggregated_columns(&["user_key", "product_key", "disabled_plans"]);
    let text = format!(
        "SELECT customers.journal_sequence, aggregated_users.*, aggregated_licenses.* FROM customers, \
         (SELECT {users} FROM users WHERE customer_key = {customer_key} AND {condition}) \
         AS aggregated_users, \
         (SELECT {licenses} FROM {lookup}) AS aggregated_licenses \
         WHERE customers.customer_key = {customer_key}"
    );
    query.statement(text)
}

/// An aggregated column; `None` when there are no rows.
fn aggregated_column(row: &QueryResult, index: usize) -> StoreResult<Option<String>> {
    row.try_get_by_index(index).map_err(classify)
}

/// The selected keys without a user. Both inputs are ascending.
fn missing(keys: &[i64], users: &[AggregatedUser<'_>]) -> Vec<i64> {
    let mut users = users.iter().peekable();
    let mut missing = Vec::new();
    for &key in keys {
        while users.next_if(|user| user.key < key).is_some() {}
        if users.peek().is_none_or(|user| user.key != key) {
            missing.push(key);
        }
    }
    missing
}

async fn deleted_ids(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    keys: &[i64],
) -> StoreResult<HashMap<i64, UserId>> {
    let mut query = Query::new(db);
    let customer_key = query.bind(customer.0);
    let condition = query.is_one_of("user_key", keys);
    let columns = query.aggregated_columns(&["user_key", "user_id"]);
    let text = format!(
        "SELECT {columns} FROM deleted_users WHERE customer_key = {customer_key} AND {condition}"
    );
    let row = db.query_one_raw(query.statement(text)).await;
    let Some(row) = row.map_err(classify)? else {
        return Err(unreadable("deleted_users", customer));
    };
    let keys = aggregated_column(&row, 0)?;
    let ids = aggregated_column(&row, 1)?;
    aggregated::cells(keys.as_ref())
        .zip(aggregated::cells(ids.as_ref()))
        .map(|(key, id)| Some((key.parse().ok()?, UserId::parse(id).ok()?)))
        .collect::<Option<_>>()
        .ok_or_else(|| unreadable("deleted_users", customer))
}

fn unreadable(table: &'static str, customer: CustomerKey) -> StoreError {
    corrupt(table, customer, "an aggregated row can't be read")
}
