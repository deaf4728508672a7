//! The identifier of a deleted user, which frozen selections still name.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "deleted_users")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) customer_key: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) user_key: i64,
    pub(crate) user_id: String,
}

impl ActiveModelBehavior for ActiveModel {}
