//! A segment of a batch's frozen selection.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "batch_segments")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) customer_key: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) batch_key: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) first_position: i64,
    pub(crate) user_count: i64,
    pub(crate) payload: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
