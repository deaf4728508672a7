//! A saved selection, without its users.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "selections")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) customer_key: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) selection_key: i64,
    pub(crate) selection_id: String,
    pub(crate) display_name: String,
    pub(crate) idle_ttl: i64,
    pub(crate) user_count: i64,
    pub(crate) expire_time: i64,
    pub(crate) revision: i64,
    pub(crate) create_time: i64,
    pub(crate) update_time: i64,
}

impl ActiveModelBehavior for ActiveModel {}
