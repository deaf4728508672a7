//! An imported catalog.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "catalogs")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) version: i64,
    pub(crate) principal: String,
    pub(crate) create_time: i64,
    pub(crate) payload: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
