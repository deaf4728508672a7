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
mod dry_run;
mod follow;
mod run;

pub use accept::deferred_user_stream::{DeferredUserStream, DeferredUserStreamStart};
pub use accept::request::{BatchRequest, Selector};
pub use accept::retry::{RetryFailedBatch, RevertBatch};
pub use accept::slots::CallerId;
pub use accept::start::StartedBatch;
pub(crate) use accept::start::micros;
pub use accept::user_stream::UserStream;
pub use dry_run::{DryRun, DryRunEvent};
pub use follow::result_stream::{BatchEvent, ResultStream};
pub use follow::results::{
    BatchList, CurrentLicenses, ListBatchResults, ResultFilter, ResultPage, StoredResult,
};

/// The address of a batch: its customer and its key.
pub(crate) type BatchAddress = (CustomerKey, BatchKey);

/// What this server knows about the batches that it runs and follows. None of it is needed after a
/// crash: recovery uses the store only.
pub(crate) struct Batches {
    pub(crate) topics: follow::topics::Topics,
    pub(crate) pending_notifications: follow::replica_notifications::PendingNotifications,
    scheduler: run::scheduler::ChunkScheduler,
    /// Limits the number of chunks that are prefetched.
    prefetch_permits: Arc<Semaphore>,
    /// The batches with a worker here, with the slots of those that a caller started on this
    /// server.
    workers: Mutex<HashMap<BatchAddress, Option<accept::slots::BatchSlot>>>,
    slots: accept::slots::BatchSlots,
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
            topics: follow::topics::Topics::default(),
            pending_notifications: follow::replica_notifications::PendingNotifications::default(),
            scheduler: run::scheduler::ChunkScheduler::new(writers),
            prefetch_permits: Arc::new(Semaphore::new(limits.chunks_prefetched_max)),
            workers: Mutex::default(),
            slots: accept::slots::BatchSlots::default(),
            claiming: Mutex::default(),
            claims: Arc::new(Semaphore::new(limits.customers_recovered_at_once_max)),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        }
    }

    fn workers(&self) -> MutexGuard<'_, HashMap<BatchAddress, Option<accept::slots::BatchSlot>>> {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn claiming(&self) -> MutexGuard<'_, HashSet<CustomerKey>> {
        self.claiming.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
