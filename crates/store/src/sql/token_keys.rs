use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use seatkeeper_domain::Timestamp;

use super::error::{classify, corrupt};
use crate::entity::token_key;
use crate::{NewTokenKey, StoreResult, TOKEN_KEYS_KEPT, TokenKey};

const TABLE: &str = "token_keys";

/// The kept keys, newest first.
pub(super) async fn read(db: &impl ConnectionTrait) -> StoreResult<Vec<TokenKey>> {
    let rows = token_key::Entity::find()
        .order_by_desc(token_key::Column::KeyId)
        .limit(TOKEN_KEYS_KEPT as u64)
        .all(db)
        .await
        .map_err(classify)?;
    rows.into_iter().map(parse).collect()
}

/// Adds a key, unless another server has added one since this server read the newest. When two
/// servers insert at the same moment, PostgreSQL lets the second wait for the first and then insert
/// nothing.
pub(super) async fn add(db: &DatabaseTransaction, new: NewTokenKey) -> StoreResult<Vec<TokenKey>> {
    let keys = read(db).await?;
    let newest = keys.first().map(|newest| newest.id);
    if newest.is_some() && newest != new.previous {
        return Ok(keys);
    }
    let key = new.into_key();
    let row = token_key::ActiveModel {
        key_id: Set(key.id),
        secret: Set(key.secret.to_vec()),
        create_time: Set(key.create_time.as_micros()),
    };
    let once = OnConflict::column(token_key::Column::KeyId)
        .do_nothing()
        .to_owned();
    token_key::Entity::insert(row)
        .on_conflict(once)
        .exec_without_returning(db)
        .await
        .map_err(classify)?;
    let keys = read(db).await?;
    if let Some(oldest) = keys.last() {
        token_key::Entity::delete_many()
            .filter(token_key::Column::KeyId.lt(oldest.id))
            .exec(db)
            .await
            .map_err(classify)?;
    }
    Ok(keys)
}

fn parse(row: token_key::Model) -> StoreResult<TokenKey> {
    let id = row.key_id;
    let bytes = row.secret.len();
    let secret = row.secret.try_into();
    Ok(TokenKey {
        id,
        secret: secret.map_err(|_| corrupt(TABLE, id, format!("the secret has {bytes} bytes")))?,
        create_time: Timestamp::from_micros(row.create_time),
    })
}
