//! The seat counters of a customer's entitlement.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "entitlements")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) customer_key: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) product_key: i32,
    pub(crate) assigned: i64,
    pub(crate) reserved: i64,
    pub(crate) waitlisted: i64,
    pub(crate) waitlist_due: Option<i64>,
    pub(crate) revision: i64,
    pub(crate) create_time: i64,
    pub(crate) update_time: i64,
}

impl ActiveModelBehavior for ActiveModel {}
