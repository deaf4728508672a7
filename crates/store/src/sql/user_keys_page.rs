//! Pages of the keys of all users in an order; a set of users is then filtered from them.

use sea_orm::{ConnectionTrait, QueryResult, QuerySelect, QueryTrait, Statement, TryGetable};
use seatkeeper_domain::{CustomerKey, Timestamp, UserOrderField};

use super::error::classify;
use super::query::Query;
use super::user_pages::{select, sorted_by};
use super::users::parse_keys;
use crate::entity::user;
use crate::{StoreResult, UserCursor, UserKeysPage, UserPageQuery};

/// A page of the keys of all users in an order.
pub(super) async fn users(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    page: &UserPageQuery,
) -> StoreResult<UserKeysPage> {
    let row = db
        .query_one_raw(statement(db, customer, page))
        .await
        .map_err(classify)?;
    let Some(row) = row else {
        return Ok(UserKeysPage::default());
    };
    let aggregated: Option<String> = column(&row, 0)?;
    let users = parse_keys(customer, &aggregated.unwrap_or_default())?;
    let Some(&last) = users.last() else {
        return Ok(UserKeysPage::default());
    };
    let end = match page.order.field {
        UserOrderField::DirectoryOrder => UserCursor::Directory(last),
        UserOrderField::DisplayName | UserOrderField::SignInName => {
            UserCursor::Text(column(&row, 1)?, last)
        }
        UserOrderField::UpdateTime => {
            UserCursor::Time(Timestamp::from_micros(column(&row, 1)?), last)
        }
    };
    Ok(UserKeysPage {
        users,
        end: Some(end),
    })
}

/// The statement behind [`users`]. It scans an index, aggregates the keys in its order, and returns
/// the farthest sort value as the end of the page.
pub(super) fn statement(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    page: &UserPageQuery,
) -> Statement {
    let query = select(customer, page)
        .select_only()
        .column(user::Column::UserKey);
    let query = match sorted_by(page.order.field) {
        Some(field) => query.column_as(field, "sort_value"),
        None => query.column_as(user::Column::UserKey, "sort_value"),
    };
    let mut statement = query.build(db.get_database_backend());
    let descending = page.order.descending != page.start.is_backward();
    let (farthest, direction) = if descending {
        ("min", "DESC")
    } else {
        ("max", "ASC")
    };
    let order = format!("sort_value {direction}, user_key {direction}");
    let aggregated = Query::new(db).aggregated_in_order("CAST(user_key AS TEXT)", &order);
    statement.sql = format!(
        "SELECT {aggregated}, {farthest}(sort_value) FROM ({}) AS page",
        statement.sql
    );
    statement
}

fn column<T: TryGetable>(row: &QueryResult, index: usize) -> StoreResult<T> {
    row.try_get_by_index(index).map_err(classify)
}
