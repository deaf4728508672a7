//! An entry of a customer's journal.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "journal")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) customer_key: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) sequence: i64,
    pub(crate) time: i64,
    pub(crate) principal: String,
    pub(crate) batch_key: Option<i64>,
    pub(crate) first_result: Option<i64>,
    pub(crate) last_result: Option<i64>,
    pub(crate) payload: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
