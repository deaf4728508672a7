//! Walking all users in an order, keys alone: what a set of users is sieved from.

use sea_orm::{ConnectionTrait, QueryResult, QuerySelect, QueryTrait, Statement, TryGetable};
use seatkeeper_domain::{CustomerKey, Timestamp, UserOrderField};

use super::error::classify;
use super::pages::{select, sorted_by};
use super::query::Query;
use super::users::parse_keys;
use crate::entity::user;
use crate::{StoreResult, UserCursor, UserPageQuery, WalkedUsers};

/// A stretch of all users in an order.
pub(super) async fn users(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    walk: &UserPageQuery,
) -> StoreResult<WalkedUsers> {
    let row = db
        .query_one_raw(statement(db, customer, walk))
        .await
        .map_err(classify)?;
    let Some(row) = row else {
        return Ok(WalkedUsers::default());
    };
    let packed: Option<String> = column(&row, 0)?;
    let users = parse_keys(customer, &packed.unwrap_or_default())?;
    let Some(&last) = users.last() else {
        return Ok(WalkedUsers::default());
    };
    let end = match walk.order.field {
        UserOrderField::DirectoryOrder => UserCursor::Directory(last),
        UserOrderField::DisplayName | UserOrderField::PrincipalName => {
            UserCursor::Text(column(&row, 1)?, last)
        }
        UserOrderField::UpdateTime => {
            UserCursor::Time(Timestamp::from_micros(column(&row, 1)?), last)
        }
    };
    Ok(WalkedUsers {
        users,
        end: Some(end),
    })
}

/// The statement behind [`users`]: an index is walked, its keys are packed in its order, and the
/// farthest value says where the walk has come to.
pub(super) fn statement(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    walk: &UserPageQuery,
) -> Statement {
    let query = select(customer, walk)
        .select_only()
        .column(user::Column::UserKey);
    let query = match sorted_by(walk.order.field) {
        Some(field) => query.column_as(field, "place"),
        None => query.column_as(user::Column::UserKey, "place"),
    };
    let mut statement = query.build(db.get_database_backend());
    let descending = walk.order.descending != walk.start.is_backward();
    let (farthest, direction) = if descending {
        ("min", "DESC")
    } else {
        ("max", "ASC")
    };
    let order = format!("place {direction}, user_key {direction}");
    let packed = Query::new(db).packed_in_order("CAST(user_key AS TEXT)", &order);
    statement.sql = format!(
        "SELECT {packed}, {farthest}(place) FROM ({}) AS walked",
        statement.sql
    );
    statement
}

fn column<T: TryGetable>(row: &QueryResult, index: usize) -> StoreResult<T> {
    row.try_get_by_index(index).map_err(classify)
}
