//! The results of a batch, as they are committed and afterwards: in pages, or as a stream from any
//! position, on any server.

pub(super) mod pending_notifications;
mod progress_poller;
mod replica_notifications;
pub(super) mod result_stream;
pub(super) mod results;
pub(super) mod topics;
