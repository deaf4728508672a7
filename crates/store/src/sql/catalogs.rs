use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait, QueryOrder, QuerySelect};
use seatkeeper_domain::{Catalog, CatalogVersion};

use super::error::{classify, is_duplicate, malformed};
use crate::entity::catalog;
use crate::payload::{CatalogPayload, decode, encode};
use crate::{NewCatalog, StoreError, StoreResult};

const TAKEN: StoreError = StoreError::AlreadyExists {
    what: "catalog version",
};

pub(super) async fn latest(db: &impl ConnectionTrait) -> StoreResult<Option<CatalogVersion>> {
    let version: Option<i64> = catalog::Entity::find()
        .select_only()
        .column(catalog::Column::Version)
        .order_by_desc(catalog::Column::Version)
        .limit(1)
        .into_tuple()
        .one(db)
        .await
        .map_err(classify)?;
    Ok(version.map(CatalogVersion))
}

pub(super) async fn by_version(
    db: &impl ConnectionTrait,
    version: CatalogVersion,
) -> StoreResult<Option<Catalog>> {
    let row = catalog::Entity::find_by_id(version.0).one(db).await;
    let Some(row) = row.map_err(classify)? else {
        return Ok(None);
    };
    decode::<CatalogPayload>(&row.payload)
        .and_then(Catalog::try_from)
        .map(Some)
        .map_err(malformed("catalogs", version))
}

pub(super) async fn save(db: &DatabaseTransaction, new: NewCatalog) -> StoreResult<CatalogVersion> {
    if latest(db).await? != new.previous {
        return Err(TAKEN);
    }
    let version = CatalogVersion(new.previous.map_or(1, |previous| previous.0 + 1));
    let row = catalog::ActiveModel {
        version: Set(version.0),
        principal: Set(new.principal.as_str().to_owned()),
        create_time: Set(new.time.as_micros()),
        payload: Set(encode(&CatalogPayload::from(&new.catalog))),
    };
    match catalog::Entity::insert(row)
        .exec_without_returning(db)
        .await
    {
        Ok(_) => Ok(version),
        Err(error) if is_duplicate(&error) => Err(TAKEN),
        Err(error) => Err(classify(error)),
    }
}
