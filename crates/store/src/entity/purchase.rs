//! A purchase behind an entitlement.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "purchases")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) customer_key: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) product_key: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) position: i32,
    pub(crate) purchase_id: String,
    pub(crate) seats: i64,
    pub(crate) start_time: i64,
    pub(crate) end_time: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
