//! From a request to an accepted batch: its users are read from their source, frozen in segments of
//! one chunk each, and the last of these transactions accepts the batch.

pub(super) mod freeze;
mod prior_batch_users;
pub(super) mod request;
pub(super) mod reservation;
pub(super) mod retry;
mod segment_buffer;
pub(super) mod slots;
mod start;
pub(super) mod user_source;
pub(super) mod user_stream;
