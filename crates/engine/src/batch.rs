//! The life of a batch: *freeze* its users, *accept* it, *drive* it chunk by chunk, *follow* its
//! results.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use seatkeeper_domain::{BatchKey, CustomerKey};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::Limits;

mod accept;
mod again;
mod buying;
mod cancel;
mod chunk;
mod close;
mod collect;
mod draft;
mod drive;
mod freeze;
mod hub;
mod intake;
mod lookout;
mod news;
mod pace;
mod past_users;
mod preview;
mod read;
mod read_ahead;
mod recover;
mod request;
mod revert;
mod slots;
mod source;
mod start;
mod stream;
mod stretch;
mod survey;
mod task;
mod turns;
mod whole;

pub use again::{RetryFailedBatch, RevertBatch};
pub use collect::{Collecting, Collection};
pub use intake::Intake;
pub use preview::{Preview, PreviewEvent};
pub use read::{
    BatchList, CurrentLicenses, ListBatchResults, ResultFilter, ResultPage, StoredResult,
};
pub use request::{BatchRequest, Selector};
pub use slots::CallerId;
pub use start::StartedBatch;
pub(crate) use start::micros;
pub use stream::{BatchEvent, ResultStream};

/// A batch of any customer.
pub(crate) type Place = (CustomerKey, BatchKey);

/// What this server knows about the batches it drives and follows. Nothing in it is needed to go
/// on after a crash.
pub(crate) struct Batches {
    pub(crate) hub: hub::Hub,
    pub(crate) outbox: news::Outbox,
    turns: turns::Turns,
    /// Chunks that may be read before their turn.
    read_ahead: Arc<Semaphore>,
    /// The batches that have a worker here, with the slots of those that callers started here.
    driving: Mutex<HashMap<Place, Option<slots::BatchSlot>>>,
    slots: slots::BatchSlots,
    /// Customers whose batches are being claimed.
    claiming: Mutex<HashSet<CustomerKey>>,
    pub(crate) claims: Arc<Semaphore>,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
}

impl Batches {
    /// For a store that carries out so many transactions side by side.
    pub(crate) fn new(limits: &Limits, writers: usize) -> Self {
        Self {
            hub: hub::Hub::default(),
            outbox: news::Outbox::default(),
            turns: turns::Turns::new(writers),
            read_ahead: Arc::new(Semaphore::new(limits.chunks_read_ahead_max)),
            driving: Mutex::default(),
            slots: slots::BatchSlots::default(),
            claiming: Mutex::default(),
            claims: Arc::new(Semaphore::new(limits.customers_recovered_at_once_max)),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        }
    }

    fn driving(&self) -> MutexGuard<'_, HashMap<Place, Option<slots::BatchSlot>>> {
        self.driving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn claiming(&self) -> MutexGuard<'_, HashSet<CustomerKey>> {
        self.claiming.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
