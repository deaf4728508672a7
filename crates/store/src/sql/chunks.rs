//! Loading a chunk: the database packs the state of all its users into two texts, because rows
//! mapped one by one through an async driver cost more than everything else about a chunk.

mod assembly;
mod packed;

use std::collections::HashMap;

use sea_orm::ConnectionTrait;
use seatkeeper_domain::{CustomerKey, UserId};

use self::assembly::Chunk;
use self::packed::PackedUser;
use super::error::{classify, corrupt};
use super::holdings::Holdings;
use super::query::{Query, scalar};
use crate::{LoadedChunk, Selected, SelectedUser, StoreError, StoreResult};

/// A range of keys is read instead of a list where it holds at most this many times as many.
const RANGE_SPARSITY_MAX: i64 = 2;

/// The state of the selected users, in order.
pub(super) async fn load(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    selected: &[Selected],
) -> StoreResult<LoadedChunk> {
    let keys = known_keys(selected);
    let Some(scope) = Scope::of(&keys) else {
        return Chunk::default().assemble(customer, selected);
    };
    let users = pack(db, customer, &scope, USERS).await?;
    let licenses = pack(db, customer, &scope, LICENSES).await?;
    let users = packed::users(&users).ok_or_else(|| unreadable("users", customer))?;
    let mut holdings = Holdings::new();
    let holders = packed::holders(&licenses, &mut holdings)
        .ok_or_else(|| unreadable("licenses", customer))?;
    let deleted = match missing(&keys, &users) {
        missing if missing.is_empty() => HashMap::new(),
        missing => deleted_ids(db, customer, &missing).await?,
    };
    Chunk {
        users,
        holders,
        holdings,
        deleted,
    }
    .assemble(customer, selected)
}

/// The keys selected, ascending.
fn known_keys(selected: &[Selected]) -> Vec<i64> {
    let mut keys: Vec<i64> = selected
        .iter()
        .filter_map(|place| match place.user {
            SelectedUser::Known(key) => Some(key.0),
            SelectedUser::Unknown(_) => None,
        })
        .collect();
    if !keys.is_sorted() {
        keys.sort_unstable();
    }
    keys
}

/// Which rows to read for a chunk.
enum Scope<'a> {
    Range(i64, i64),
    List(&'a [i64]),
}

impl<'a> Scope<'a> {
    fn of(keys: &'a [i64]) -> Option<Self> {
        let (&first, &last) = keys.first().zip(keys.last())?;
        let count = i64::try_from(keys.len()).unwrap_or(i64::MAX);
        let range = last.saturating_sub(first);
        if range < count.saturating_mul(RANGE_SPARSITY_MAX) {
            return Some(Self::Range(first, last));
        }
        Some(Self::List(keys))
    }

    fn condition(&self, query: &mut Query) -> String {
        match self {
            Self::Range(first, last) => {
                let first = query.bind(*first);
                let last = query.bind(*last);
                format!("user_key BETWEEN {first} AND {last}")
            }
            Self::List(keys) => query.is_one_of("user_key", keys),
        }
    }
}

/// A table and the line that packs one of its rows.
struct Packing {
    table: &'static str,
    line: &'static str,
}

const USERS: Packing = Packing {
    table: "users",
    line: "user_key || ' ' || state || ' ' || usage_location || ' ' || user_id",
};

const LICENSES: Packing = Packing {
    table: "licenses",
    line: "user_key || ' ' || product_key || ' ' || disabled_plans",
};

const TOMBSTONES: Packing = Packing {
    table: "deleted_users",
    line: "user_key || ' ' || user_id",
};

async fn pack(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    scope: &Scope<'_>,
    packing: Packing,
) -> StoreResult<String> {
    let mut query = Query::new(db);
    let customer_key = query.bind(customer.0);
    let condition = scope.condition(&mut query);
    let packed = query.packed(packing.line);
    let text = format!(
        "SELECT {packed} FROM {} WHERE customer_key = {customer_key} AND {condition}",
        packing.table
    );
    let packed: Option<String> = scalar(db, query.statement(text)).await.map_err(classify)?;
    Ok(packed.unwrap_or_default())
}

/// The selected keys that no user has; both ascending.
fn missing(keys: &[i64], users: &[PackedUser<'_>]) -> Vec<i64> {
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
    let packed = pack(db, customer, &Scope::List(keys), TOMBSTONES).await?;
    let ids = packed.lines().map(|line| {
        let (key, id) = line.split_once(' ')?;
        Some((key.parse().ok()?, UserId::parse(id).ok()?))
    });
    ids.collect::<Option<_>>()
        .ok_or_else(|| unreadable("deleted_users", customer))
}

fn unreadable(table: &'static str, customer: CustomerKey) -> StoreError {
    corrupt(table, customer, "a packed row can't be read")
}
