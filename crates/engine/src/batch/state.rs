use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use seatkeeper_domain::CustomerKey;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::accept::slots::{BatchSlot, BatchSlots};
use super::address::BatchAddress;
use super::follow::pending_notifications::PendingNotifications;
use super::follow::topics::Topics;
use super::run::scheduler::ChunkScheduler;
use crate::Limits;

/// What this server knows about the batches that it runs and follows. None of it is needed after a
/// crash: recovery uses the store only.
pub(crate) struct Batches {
    pub(super) topics: Topics,
    pub(super) pending_notifications: PendingNotifications,
    /// When the progress of all followed batches was polled last.
    pub(super) all_polled: Mutex<Instant>,
    pub(super) scheduler: ChunkScheduler,
    /// Limits the number of chunks that are prefetched.
    pub(super) prefetch_permits: Arc<Semaphore>,
    /// The batches with a worker here, with the slots of those that a caller started on this
    /// server.
    workers: Mutex<HashMap<BatchAddress, Option<BatchSlot>>>,
    pub(super) slots: Arc<BatchSlots>,
    /// Customers whose batches are being claimed.
    claiming: Mutex<HashSet<CustomerKey>>,
    pub(super) claims: Arc<Semaphore>,
}

impl Batches {
    /// For a store that runs `writers` transactions concurrently.
    pub(crate) fn new(limits: &Limits, writers: usize) -> Self {
        Self {
            topics: Topics::default(),
            pending_notifications: PendingNotifications::default(),
            all_polled: Mutex::new(Instant::now()),
            scheduler: ChunkScheduler::new(writers),
            prefetch_permits: Arc::new(Semaphore::new(limits.chunks_prefetched_max)),
            workers: Mutex::default(),
            slots: Arc::default(),
            claiming: Mutex::default(),
            claims: Arc::new(Semaphore::new(limits.customers_recovered_at_once_max)),
        }
    }

    pub(super) fn workers(&self) -> MutexGuard<'_, HashMap<BatchAddress, Option<BatchSlot>>> {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn has_worker(&self, address: BatchAddress) -> bool {
        self.workers().contains_key(&address)
    }

    pub(super) fn claiming(&self) -> MutexGuard<'_, HashSet<CustomerKey>> {
        self.claiming.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
