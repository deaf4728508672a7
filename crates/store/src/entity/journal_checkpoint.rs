//! The checkpoint that replaces the removed entries of a customer's journal, without licenses.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "journal_checkpoints")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) customer_key: i64,
    pub(crate) payload: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
