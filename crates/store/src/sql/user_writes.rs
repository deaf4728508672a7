//! Set-based writes of users.

use std::collections::HashSet;

use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait, Statement};
use seatkeeper_domain::{CustomerKey, User, UserId, UserKey};

use super::error::{classify, corrupt};
use super::query::{Column, Query};
use super::{enum_codes, licenses, users};
use crate::entity::{deleted_user, user};
use crate::{StoreError, StoreResult};

const TABLE: &str = "users";

/// Rejects identifiers that existing users have or that occur twice, before anything is written: on
/// PostgreSQL a failed statement aborts the whole transaction.
pub(super) async fn refuse_taken(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    ids: &[UserId],
) -> StoreResult<()> {
    let distinct: HashSet<&UserId> = ids.iter().collect();
    let keys = users::resolve(db, customer, ids).await?;
    if distinct.len() < ids.len() || keys.iter().any(Option::is_some) {
        return Err(StoreError::AlreadyExists { what: "user" });
    }
    Ok(())
}

pub(super) async fn insert(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    users: &[User],
) -> StoreResult<()> {
    if users.is_empty() {
        return Ok(());
    }
    let mut columns = columns(users);
    let ids = users.iter().map(|user| user.id.as_str().to_owned());
    columns.push(("user_id", Column::Texts(ids.collect())));
    let times = users.iter().map(|user| user.create_time.as_micros());
    columns.push(("create_time", Column::Integers(times.collect())));
    let names: Vec<&str> = columns.iter().map(|&(name, _)| name).collect();
    let names = names.join(", ");
    let mut query = Query::new(db);
    let listed = query.rows(customer, columns);
    let text = format!(
        "INSERT INTO users (customer_key, {names}) SELECT customer_key, {names} FROM {listed}"
    );
    db.execute_raw(query.statement(text))
        .await
        .map(|_| ())
        .map_err(classify)
}

/// Replaces the fields of users, except identifier and creation time.
pub(super) async fn update(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    users: &[User],
) -> StoreResult<()> {
    if users.is_empty() {
        return Ok(());
    }
    let updated = db
        .execute_raw(replacement(db, customer, users))
        .await
        .map_err(classify)?;
    if updated.rows_affected() == users.len() as u64 {
        return Ok(());
    }
    let keys: Vec<_> = users.iter().map(|user| user.key).collect();
    Err(corrupt(
        TABLE,
        (customer, keys),
        "one of the users does not exist",
    ))
}

/// The statement behind [`update`].
pub(super) fn replacement(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    users: &[User],
) -> Statement {
    let columns = columns(users);
    let assigned: Vec<String> = columns
        .iter()
        .filter(|&&(name, _)| name != "user_key")
        .map(|(name, _)| format!("{name} = listed.{name}"))
        .collect();
    let assigned = assigned.join(", ");
    let mut query = Query::new(db);
    let listed = query.rows(customer, columns);
    query.statement(format!(
        "UPDATE users SET {assigned} FROM {listed} \
         WHERE users.customer_key = listed.customer_key AND users.user_key = listed.user_key"
    ))
}

/// The columns that may change, with the key.
fn columns(users: &[User]) -> Vec<(&'static str, Column)> {
    let integers = |value: fn(&User) -> i64| Column::Integers(users.iter().map(value).collect());
    let texts = |value: fn(&User) -> String| Column::Texts(users.iter().map(value).collect());
    vec![
        ("user_key", integers(|user| user.key.0)),
        ("sign_in_name", texts(|user| user.sign_in_name.clone())),
        ("display_name", texts(|user| user.display_name.clone())),
        ("department", texts(|user| user.department.clone())),
        ("job_title", texts(|user| user.job_title.clone())),
        (
            "usage_location",
            texts(|user| enum_codes::location(user.usage_location)),
        ),
        (
            "state",
            integers(|user| enum_codes::user_state(user.state).into()),
        ),
        ("revision", integers(|user| user.revision)),
        ("update_time", integers(|user| user.update_time.as_micros())),
    ]
}

/// Deletes a user and keeps the identifier for frozen selections.
pub(super) async fn delete(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    user: UserKey,
) -> StoreResult<()> {
    let key = (customer.0, user.0);
    let row = user::Entity::find_by_id(key).one(db).await;
    let row = row
        .map_err(classify)?
        .ok_or_else(|| corrupt(TABLE, key, "the user does not exist"))?;
    if licenses::holds_any(db, customer, user).await? {
        let what = "a user who holds licenses can't be deleted";
        return Err(corrupt(TABLE, key, what));
    }
    let tombstone = deleted_user::ActiveModel {
        customer_key: Set(row.customer_key),
        user_key: Set(row.user_key),
        user_id: Set(row.user_id),
    };
    deleted_user::Entity::insert(tombstone)
        .exec_without_returning(db)
        .await
        .map_err(classify)?;
    user::Entity::delete_by_id(key)
        .exec(db)
        .await
        .map(|_| ())
        .map_err(classify)
}
