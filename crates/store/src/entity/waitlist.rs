//! A user's entry in the waitlist of a product. Written set-based, with its own statements.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "waitlist")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) customer_key: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) product_key: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) rank: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) sequence: i64,
    pub(crate) user_key: i64,
    pub(crate) change_key: i64,
    pub(crate) change: String,
    pub(crate) batch_key: Option<i64>,
    pub(crate) principal: String,
    pub(crate) revision: i64,
    pub(crate) create_time: i64,
    pub(crate) update_time: i64,
}

impl ActiveModelBehavior for ActiveModel {}
