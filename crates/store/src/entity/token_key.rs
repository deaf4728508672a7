//! A key that authenticates page tokens.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "token_keys")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) key_id: i64,
    pub(crate) secret: Vec<u8>,
    pub(crate) create_time: i64,
}

impl ActiveModelBehavior for ActiveModel {}
