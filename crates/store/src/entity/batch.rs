//! A batch of a customer.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "batches")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) customer_key: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) batch_key: i64,
    pub(crate) batch_id: String,
    pub(crate) state: i16,
    pub(crate) user_count: i64,
    pub(crate) duplicate_count: i64,
    pub(crate) user_stream_open: bool,
    pub(crate) user_stream_interrupted: bool,
    pub(crate) processed_count: i64,
    pub(crate) cancel_requested: bool,
    pub(crate) lease_owner: Option<String>,
    pub(crate) lease_until: Option<i64>,
    pub(crate) lease_epoch: i64,
    pub(crate) start_time: Option<i64>,
    pub(crate) end_time: Option<i64>,
    pub(crate) spec: Vec<u8>,
    pub(crate) tally: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
