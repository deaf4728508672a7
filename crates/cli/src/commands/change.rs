//! What `assign` and `revoke` share: which users, under which policies, and how to start the batch.

mod options;
mod start;
mod user_choice;

pub(super) use options::{BatchOptions, Mode, Shortage};
pub(super) use start::{NewBatch, start};
pub(super) use user_choice::{ChosenUsers, OptionalUserChoice, UserChoice};
