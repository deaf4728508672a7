//! Pages of users, by keyset and never by OFFSET: the last page costs the same as the first.

use sea_orm::sea_query::{BinOper, Expr, ExprTrait, Order};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use seatkeeper_domain::{CustomerKey, User, UserKey, UserOrderField, UserTextField};

use super::error::classify;
use super::filter::{case_folded, condition};
use super::query::listed;
use super::users::parse;
use crate::entity::user;
use crate::{PageStart, StoreResult, UserCursor, UserPageQuery};

/// One page of users, in the order of the query.
pub(super) async fn users(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    page: &UserPageQuery,
) -> StoreResult<Vec<User>> {
    read(db, select(customer, page), page).await
}

/// One page of these users, in the order of the query.
pub(super) async fn users_of(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    users: &[UserKey],
    page: &UserPageQuery,
) -> StoreResult<Vec<User>> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    read(db, select_of(db, customer, users, page), page).await
}

/// The statement behind [`users_of`]. It hides the order's index from SQLite, which would scan the
/// whole index instead of looking up the few users and sorting them.
pub(super) fn select_of(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    users: &[UserKey],
    page: &UserPageQuery,
) -> Select<user::Entity> {
    let keys: Vec<i64> = users.iter().map(|user| user.0).collect();
    let backend = db.get_database_backend();
    let sort_key = sorted_without_index(page.order.field);
    select_by(customer, page, sort_key).filter(listed(backend, "users.user_key", &keys))
}

async fn read(
    db: &impl ConnectionTrait,
    query: Select<user::Entity>,
    page: &UserPageQuery,
) -> StoreResult<Vec<User>> {
    let rows = query.all(db).await.map_err(classify)?;
    let mut users = rows
        .into_iter()
        .map(parse)
        .collect::<StoreResult<Vec<_>>>()?;
    if page.start.is_backward() {
        users.reverse();
    }
    Ok(users)
}

/// The statement behind [`users`].
pub(super) fn select(customer: CustomerKey, page: &UserPageQuery) -> Select<user::Entity> {
    select_by(customer, page, sorted_by(page.order.field))
}

/// A page ordered by `sort_key`, then by key. A page with a given end is read backwards.
fn select_by(
    customer: CustomerKey,
    page: &UserPageQuery,
    sort_key: Option<Expr>,
) -> Select<user::Entity> {
    let mut query = user::Entity::find()
        .filter(user::Column::CustomerKey.eq(customer.0))
        .limit(page.limit as u64);
    if let Some(filter) = &page.filter {
        query = query.filter(condition(filter));
    }
    let descending = page.order.descending != page.start.is_backward();
    if let PageStart::After(cursor) | PageStart::Before(cursor) = &page.start {
        query = query.filter(beyond(sort_key.clone(), cursor, descending));
    }
    let order = if descending { Order::Desc } else { Order::Asc };
    if let Some(sort_key) = sort_key {
        query = query.order_by(sort_key, order.clone());
    }
    query.order_by(user::Column::UserKey, order)
}

/// The expression that an order sorts by before the key; `None` in directory order.
pub(super) fn sorted_by(field: UserOrderField) -> Option<Expr> {
    match field {
        UserOrderField::DirectoryOrder => None,
        UserOrderField::DisplayName => Some(case_folded(UserTextField::DisplayName)),
        UserOrderField::SignInName => Some(case_folded(UserTextField::SignInName)),
        UserOrderField::UpdateTime => Some(user::Column::UpdateTime.into_expr()),
    }
}

/// The same values, as an expression that no index contains.
fn sorted_without_index(field: UserOrderField) -> Option<Expr> {
    let sort_key = sorted_by(field)?;
    Some(match field {
        UserOrderField::DirectoryOrder => sort_key,
        UserOrderField::DisplayName | UserOrderField::SignInName => {
            sort_key.binary(BinOper::Custom("||"), Expr::val(""))
        }
        UserOrderField::UpdateTime => sort_key.add(0),
    })
}

/// The users beyond a cursor. It compares row values, so an index seeks directly behind the cursor,
/// even when many users share its value.
fn beyond(sort_key: Option<Expr>, cursor: &UserCursor, descending: bool) -> Expr {
    let (value, UserKey(key)) = match cursor {
        UserCursor::Directory(key) => (None, *key),
        UserCursor::Text(text, key) => (Some(Expr::val(text.as_str())), *key),
        UserCursor::Time(time, key) => (Some(Expr::val(time.as_micros())), *key),
    };
    let user_key = user::Column::UserKey.into_expr();
    let (sort_key, cursor) = match sort_key.zip(value) {
        None => (user_key, Expr::val(key)),
        Some((sort_key, value)) => (
            Expr::tuple([sort_key, user_key]),
            Expr::tuple([value, Expr::val(key)]),
        ),
    };
    if descending {
        sort_key.lt(cursor)
    } else {
        sort_key.gt(cursor)
    }
}
