//! One file per table, with the columns that sea-orm reads and writes. A test compares them with
//! the migrated schema.

pub(crate) mod batch;
pub(crate) mod catalog;
pub(crate) mod checkpoint_license;
pub(crate) mod customer;
pub(crate) mod deleted_user;
pub(crate) mod entitlement;
pub(crate) mod journal;
pub(crate) mod journal_checkpoint;
pub(crate) mod license;
pub(crate) mod license_holders;
pub(crate) mod purchase;
pub(crate) mod request;
pub(crate) mod reservation;
pub(crate) mod segment;
pub(crate) mod selection;
pub(crate) mod selection_block;
pub(crate) mod token_key;
pub(crate) mod user;
pub(crate) mod waitlist;
