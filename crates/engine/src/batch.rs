//! The life of a batch: *freeze* its users, *accept* it, *run* it chunk by chunk, *follow* its
//! results.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use seatkeeper_domain::{BatchKey, CustomerKey};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::Limits;

mod accept;
mod all_or_nothing;
mod auto_purchase;
mod cancel;
mod chunk;
mod chunk_size;
mod decider;
mod deferred_user_stream;
mod dry_run;
mod finish;
mod freeze;
mod pending_batch;
mod prefetch;
mod prior_batch_users;
mod progress_poller;
mod read;
mod recover;
mod replica_notifications;
mod request;
mod retry;
mod revert;
mod scheduler;
mod seat_demand;
mod segment_buffer;
mod slots;
mod source;
mod start;
mod stream;
mod topics;
mod user_stream;
mod worker;

pub use deferred_user_stream::{DeferredUserStream, DeferredUserStreamStart};
pub use dry_run::{DryRun, DryRunEvent};
pub use read::{
    BatchList, CurrentLicenses, ListBatchResults, ResultFilter, ResultPage, StoredResult,
};
pub use request::{BatchRequest, Selector};
pub use retry::{RetryFailedBatch, RevertBatch};
pub use slots::CallerId;
pub use start::StartedBatch;
pub(crate) use start::micros;
pub use stream::{BatchEvent, ResultStream};
pub use user_stream::UserStream;

/// The address of a batch: its customer and its key.
pub(crate) type BatchAddress = (CustomerKey, BatchKey);

/// What this server knows about the batches that it runs and follows. None of it is needed after a
/// crash: recovery uses the store only.
pub(crate) struct Batches {
    pub(crate) topics: topics::Topics,
    pub(crate) pending_notifications: replica_notifications::PendingNotifications,
    scheduler: scheduler::ChunkScheduler,
    /// Limits the number of chunks that are prefetched.
    prefetch_permits: Arc<Semaphore>,
    /// The batches with a worker here, with the slots of those that a caller started on this
    /// server.
    workers: Mutex<HashMap<BatchAddress, Option<slots::BatchSlot>>>,
    slots: slots::BatchSlots,
    /// Customers whose batches are being claimed.
    claiming: Mutex<HashSet<CustomerKey>>,
    pub(crate) claims: Arc<Semaphore>,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
}

impl Batches {
    /// For a store that runs `writers` transactions concurrently.
    pub(crate) fn new(limits: &Limits, writers: usize) -> Self {
        Self {
            topics: topics::Topics::default(),
            pending_notifications: replica_notifications::PendingNotifications::default(),
            scheduler: scheduler::ChunkScheduler::new(writers),
            prefetch_permits: Arc::new(Semaphore::new(limits.chunks_prefetched_max)),
            workers: Mutex::default(),
            slots: slots::BatchSlots::default(),
            claiming: Mutex::default(),
            claims: Arc::new(Semaphore::new(limits.customers_recovered_at_once_max)),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        }
    }

    fn workers(&self) -> MutexGuard<'_, HashMap<BatchAddress, Option<slots::BatchSlot>>> {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn claiming(&self) -> MutexGuard<'_, HashSet<CustomerKey>> {
        self.claiming.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
