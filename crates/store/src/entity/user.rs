//! A user of a customer's directory.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) customer_key: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) user_key: i64,
    pub(crate) user_id: String,
    pub(crate) sign_in_name: String,
    pub(crate) display_name: String,
    pub(crate) department: String,
    pub(crate) job_title: String,
    pub(crate) usage_location: String,
    pub(crate) state: i16,
    pub(crate) revision: i64,
    pub(crate) create_time: i64,
    pub(crate) update_time: i64,
}

impl ActiveModelBehavior for ActiveModel {}
