//! The life of a batch: *freeze* its users, *accept* it, *run* it chunk by chunk, *follow* its
//! results.

mod accept;
mod address;
mod dry_run;
mod errors;
mod follow;
mod run;
mod state;

pub use accept::request::{BatchRequest, Selector, StartedBatch};
pub use accept::retry::{RetryFailedBatch, RevertBatch};
pub use accept::slots::CallerId;
pub use accept::user_stream::{DeferredUserStream, DeferredUserStreamStart, UserStream};
pub use dry_run::{DryRun, DryRunEvent};
pub use follow::result_stream::{BatchEvent, ResultStream};
pub use follow::results::{
    BatchList, CurrentLicenses, ListBatchResults, ResultFilter, ResultPage, StoredResult,
};
pub(crate) use state::Batches;
