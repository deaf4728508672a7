//! Pages of users, by keyset: never an OFFSET, so that the last page costs what the first does.

use sea_orm::sea_query::{Expr, ExprTrait, Order};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use seatkeeper_domain::{CustomerKey, User, UserKey, UserOrderField};

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
    let mut query = user::Entity::find()
        .filter(user::Column::CustomerKey.eq(customer.0))
        .limit(page.limit as u64);
    if let Some(filter) = &page.filter {
        query = query.filter(condition(filter));
    }
    // Pages that end somewhere are read backwards from there.
    let (cursor, backwards) = match &page.start {
        PageStart::First => (None, false),
        PageStart::After(cursor) => (Some(cursor), false),
        PageStart::Before(cursor) => (Some(cursor), true),
        PageStart::Last => (None, true),
    };
    let descending = page.order.descending != backwards;
    if let Some(cursor) = cursor {
        query = query.filter(beyond(page.order.field, cursor, descending));
    }
    let order = if descending { Order::Desc } else { Order::Asc };
    if let Some(field) = sorted_by(page.order.field) {
        query = query.order_by(field, order.clone());
    }
    query = query.order_by(user::Column::UserKey, order);
    let rows = query.all(db).await.map_err(classify)?;
    let mut users = rows
        .into_iter()
        .map(parse)
        .collect::<StoreResult<Vec<_>>>()?;
    if backwards {
        users.reverse();
    }
    Ok(users)
}

/// What comes before the key in an order; nothing in directory order.
fn sorted_by(field: UserOrderField) -> Option<Expr> {
    match field {
        UserOrderField::DirectoryOrder => None,
        UserOrderField::DisplayName => Some(folded(user::Column::DisplayName)),
        UserOrderField::PrincipalName => Some(folded(user::Column::PrincipalName)),
        UserOrderField::UpdateTime => Some(user::Column::UpdateTime.into_expr()),
    }
}

/// The users beyond a cursor. The first condition lets an index seek, the second breaks ties.
fn beyond(field: UserOrderField, cursor: &UserCursor, descending: bool) -> Expr {
    let (value, key) = match cursor {
        UserCursor::Directory(key) => (None, *key),
        UserCursor::Text(text, key) => (Some(Expr::val(text.as_str())), *key),
        UserCursor::Time(time, key) => (Some(Expr::val(time.as_micros())), *key),
    };
    let key_beyond = key_beyond(key, descending);
    match sorted_by(field).zip(value) {
        None => key_beyond,
        Some((field, value)) if descending => field
            .clone()
            .lte(value.clone())
            .and(field.lt(value).or(key_beyond)),
        Some((field, value)) => field
            .clone()
            .gte(value.clone())
            .and(field.gt(value).or(key_beyond)),
    }
}

fn key_beyond(key: UserKey, descending: bool) -> Expr {
    if descending {
        user::Column::UserKey.lt(key.0)
    } else {
        user::Column::UserKey.gt(key.0)
    }
}
