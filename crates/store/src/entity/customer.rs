//! A customer, with the counters that its transactions advance.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customers")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) customer_key: i64,
    pub(crate) customer_id: String,
    pub(crate) display_name: String,
    pub(crate) user_count: i64,
    pub(crate) last_user_key: i64,
    pub(crate) last_batch_key: i64,
    pub(crate) journal_sequence: i64,
    pub(crate) journal_checkpoint: i64,
    pub(crate) journal_begin_time: i64,
    pub(crate) waitlist_count: i64,
    pub(crate) last_waitlist_sequence: i64,
    pub(crate) revision: i64,
    pub(crate) create_time: i64,
    pub(crate) update_time: i64,
}

impl ActiveModelBehavior for ActiveModel {}
