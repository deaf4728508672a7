//! Selections: sets of users, gathered from whatever a caller gives.

mod gather;
mod page;

pub use gather::{GatheredUsers, Gathering};
pub(crate) use page::SetPage;
