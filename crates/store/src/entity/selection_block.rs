//! A block of a saved selection's users.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "selection_blocks")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) customer_key: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) selection_key: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) block: i64,
    pub(crate) users: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
