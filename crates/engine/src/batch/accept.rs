//! From a request to an accepted batch: its users are read from their source, frozen in segments of
//! one chunk each, and the last of these transactions accepts the batch.

pub(super) mod acceptance;
pub(super) mod deferred_user_stream;
pub(super) mod freeze;
mod pending_batch;
mod prior_batch_users;
pub(super) mod request;
pub(super) mod retry;
mod segment_buffer;
pub(super) mod slots;
pub(super) mod start;
pub(super) mod user_source;
pub(super) mod user_stream;
