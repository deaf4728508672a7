//! A block of the users who hold a product, or who hold it with a plan disabled.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "license_holders")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) customer_key: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) product_key: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) plan_key: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) block: i64,
    pub(crate) users: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
