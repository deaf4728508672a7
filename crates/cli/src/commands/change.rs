//! Code that `assign` and `revoke` share: the users, the policies, and the start of the batch.

mod options;
mod start;
mod user_choice;

pub(super) use options::{BatchOptions, Mode, Shortage};
pub(super) use start::{NewBatch, start};
pub(super) use user_choice::{ChosenUsers, OptionalUserChoice, UserChoice};
