//! Selects all users without reading their rows. Keys are assigned without gaps, so a user exists
//! unless the key was deleted. Scanning the keys of a million users would be most of the time to a
//! batch's first result.

use sea_orm::ConnectionTrait;
use seatkeeper_domain::{CustomerKey, UserKey};

use super::error::{classify, corrupt};
use super::query::Query;
use crate::{SelectQuery, StoreResult};

const TABLE: &str = "deleted_users";

/// A range of all users in directory order. `last` overrides the greatest key that the customer's
/// row has, where the caller knows a newer one.
pub(super) async fn select(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    last: Option<UserKey>,
    select: &SelectQuery,
) -> StoreResult<Vec<UserKey>> {
    let window = i64::try_from(select.limit).unwrap_or(i64::MAX);
    let mut keys = Vec::new();
    let mut after = select.after.0;
    while keys.len() < select.limit && after < select.up_to.0 {
        let end = select.up_to.0.min(after.saturating_add(window));
        let Some(read) = read(db, customer, after, end).await? else {
            break;
        };
        let last = last.map_or(read.last, |last| last.0);
        let room = select.limit - keys.len();
        keys.extend(read.present(after, end.min(last)).take(room));
        if end >= last {
            break;
        }
        after = end;
    }
    Ok(keys)
}

/// The facts that determine which users of a range of keys exist.
struct Read {
    /// The greatest user key of the customer.
    last: i64,
    /// The deleted keys of the range, ascending.
    deleted: Vec<i64>,
}

impl Read {
    /// The keys after `after` up to `end` that are not deleted.
    fn present(&self, after: i64, end: i64) -> impl Iterator<Item = UserKey> {
        let mut deleted = self.deleted.iter().peekable();
        (after.saturating_add(1)..=end)
            .filter(move |key| deleted.next_if_eq(&key).is_none())
            .map(UserKey)
    }
}

/// `None` when the customer does not exist.
async fn read(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    after: i64,
    end: i64,
) -> StoreResult<Option<Read>> {
    let mut query = Query::new(db);
    let customer_key = query.bind(customer.0);
    let after = query.bind(after);
    let end = query.bind(end);
    let aggregated = query.aggregated("CAST(user_key AS TEXT)");
    let text = format!(
        "SELECT last_user_key, (SELECT {aggregated} FROM deleted_users \
         WHERE customer_key = {customer_key} AND user_key > {after} AND user_key <= {end}) \
         FROM customers WHERE customer_key = {customer_key}"
    );
    let row = db.query_one_raw(query.statement(text)).await;
    let Some(row) = row.map_err(classify)? else {
        return Ok(None);
    };
    let last = row.try_get_by_index(0).map_err(classify)?;
    let aggregated: Option<String> = row.try_get_by_index(1).map_err(classify)?;
    let mut deleted = aggregated
        .unwrap_or_default()
        .lines()
        .map(|line| {
            line.parse()
                .map_err(|error| corrupt(TABLE, customer, error))
        })
        .collect::<StoreResult<Vec<i64>>>()?;
    // A database may aggregate rows in any order.
    deleted.sort_unstable();
    Ok(Some(Read { last, deleted }))
}
