//! A license of a user. Chunks write these rows set-based, with their own statements.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "licenses")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) customer_key: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) user_key: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) product_key: i32,
    pub(crate) disabled_plans: String,
    pub(crate) assign_time: i64,
    pub(crate) changed_by: i64,
}

impl ActiveModelBehavior for ActiveModel {}
