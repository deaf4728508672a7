//! Selections: sets of users, gathered from whatever a caller gives.

mod gather;

pub use gather::{GatheredUsers, Gathering};
