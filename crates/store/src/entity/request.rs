//! A stored idempotency key, with the batch or journal entry that its request led to.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "requests")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) customer_key: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) request_id: String,
    pub(crate) digest: Vec<u8>,
    pub(crate) batch_key: Option<i64>,
    pub(crate) journal_sequence: Option<i64>,
    pub(crate) create_time: i64,
}

impl ActiveModelBehavior for ActiveModel {}
