//! Pages of users, by keyset: never an OFFSET, so that the last page costs what the first does.

use sea_orm::sea_query::{Expr, ExprTrait, Order};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use seatkeeper_domain::{CustomerKey, User, UserKey, UserOrderField, UserTextField};

use super::error::classify;
use super::filter::{condition, folded};
use super::users::parse;
use crate::entity::user;
use crate::{PageStart, StoreResult, UserCursor, UserPageQuery};

/// One page of users, in the order asked for.
pub(super) async fn users(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    page: &UserPageQuery,
) -> StoreResult<Vec<User>> {
    let rows = select(customer, page).all(db).await.map_err(classify)?;
    let mut users = rows
        .into_iter()
        .map(parse)
        .collect::<StoreResult<Vec<_>>>()?;
    if is_backward(&page.start) {
        users.reverse();
    }
    Ok(users)
}

/// The statement behind [`users`]. Pages that end somewhere are read backwards from there.
pub(super) fn select(customer: CustomerKey, page: &UserPageQuery) -> Select<user::Entity> {
    let mut query = user::Entity::find()
        .filter(user::Column::CustomerKey.eq(customer.0))
        .limit(page.limit as u64);
    if let Some(filter) = &page.filter {
        query = query.filter(condition(filter));
    }
    let descending = page.order.descending != is_backward(&page.start);
    if let PageStart::After(cursor) | PageStart::Before(cursor) = &page.start {
        query = query.filter(beyond(page.order.field, cursor, descending));
    }
    let order = if descending { Order::Desc } else { Order::Asc };
    if let Some(field) = sorted_by(page.order.field) {
        query = query.order_by(field, order.clone());
    }
    query.order_by(user::Column::UserKey, order)
}

fn is_backward(start: &PageStart<UserCursor>) -> bool {
    matches!(start, PageStart::Before(_) | PageStart::Last)
}

/// What comes before the key in an order; nothing in directory order.
fn sorted_by(field: UserOrderField) -> Option<Expr> {
    match field {
        UserOrderField::DirectoryOrder => None,
        UserOrderField::DisplayName => Some(folded(UserTextField::DisplayName)),
        UserOrderField::PrincipalName => Some(folded(UserTextField::PrincipalName)),
        UserOrderField::UpdateTime => Some(user::Column::UpdateTime.into_expr()),
    }
}

/// The users beyond a cursor. Rows are compared whole, so that an index seeks right behind the
/// cursor, however many users share its value.
fn beyond(field: UserOrderField, cursor: &UserCursor, descending: bool) -> Expr {
    let (value, UserKey(key)) = match cursor {
        UserCursor::Directory(key) => (None, *key),
        UserCursor::Text(text, key) => (Some(Expr::val(text.as_str())), *key),
        UserCursor::Time(time, key) => (Some(Expr::val(time.as_micros())), *key),
    };
    let user_key = user::Column::UserKey.into_expr();
    let (place, cursor) = match sorted_by(field).zip(value) {
        None => (user_key, Expr::val(key)),
        Some((field, value)) => (
            Expr::tuple([field, user_key]),
            Expr::tuple([value, Expr::val(key)]),
        ),
    };
    if descending {
        place.lt(cursor)
    } else {
        place.gt(cursor)
    }
}
