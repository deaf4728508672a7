//! From an accepted batch to its end: the worker of a batch runs it chunk by chunk, each in one
//! transaction, on the server that holds the batch's lease.

mod all_or_nothing;
mod auto_purchase;
mod cancel;
mod chunk;
mod chunk_size;
mod chunk_transaction;
pub(super) mod decider;
mod finish;
mod prefetch;
mod recover;
mod revert;
pub(super) mod scheduler;
pub(super) mod seat_demand;
pub(super) mod worker;
