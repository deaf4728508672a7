//! Whose chunk comes next. Batches of one customer take turns, chunk by chunk, and so do customers
//! whose batches want to write: whoever else wants to write waits for about one chunk, however many
//! batches there are.

use std::sync::Arc;

use seatkeeper_domain::CustomerKey;
use tokio::sync::{Mutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

use crate::weak_map::WeakMap;

/// Of the transactions that a store carries out side by side, one in so many is not for chunks, and
/// one at least where there are several.
const KEPT_FREE: usize = 4;

/// Schedules the chunks of the batches that have a worker here, first come, first served.
pub(crate) struct ChunkScheduler {
    customers: WeakMap<CustomerKey, Mutex<()>>,
    chunks: Arc<Semaphore>,
}

/// The permit to carry out one chunk, until it is dropped.
pub(super) struct ChunkPermit {
    _customer: OwnedMutexGuard<()>,
    _chunk: OwnedSemaphorePermit,
}

impl ChunkScheduler {
    /// A scheduler for a store that carries out so many transactions side by side.
    pub(super) fn new(writers: usize) -> Self {
        Self {
            customers: WeakMap::default(),
            chunks: Arc::new(Semaphore::new(chunks_at_once(writers))),
        }
    }

    /// Waits for a permit. A customer's batches line up among themselves first: a customer with many
    /// gets as many permits as one with a single batch.
    pub(super) async fn acquire(&self, customer: CustomerKey) -> ChunkPermit {
        let customer = self.customers.get_or(&customer, Mutex::default);
        let customer = customer.lock_owned().await;
        let chunk = Arc::clone(&self.chunks).acquire_owned().await;
        ChunkPermit {
            _customer: customer,
            _chunk: chunk.expect("the semaphore is never closed"),
        }
    }
}

/// How many chunks are carried out side by side: a single call finds room beside them, where there is
/// room for more than one.
fn chunks_at_once(writers: usize) -> usize {
    let free = (writers / KEPT_FREE).max(1);
    writers
        .saturating_sub(free)
        .clamp(1, Semaphore::MAX_PERMITS)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    const ONE: CustomerKey = CustomerKey(1);
    const OTHER: CustomerKey = CustomerKey(2);

    #[tokio::test]
    async fn batches_of_a_customer_are_scheduled_one_at_a_time() {
        let scheduler = ChunkScheduler::new(8);
        let permit = scheduler.acquire(ONE).await;
        assert!(scheduler.acquire(ONE).now_or_never().is_none());
        drop(permit);
        assert!(scheduler.acquire(ONE).now_or_never().is_some());
    }

    #[tokio::test]
    async fn customers_are_scheduled_one_at_a_time_where_one_can_write() {
        let scheduler = ChunkScheduler::new(1);
        let permit = scheduler.acquire(ONE).await;
        assert!(scheduler.acquire(OTHER).now_or_never().is_none());
        drop(permit);
        assert!(scheduler.acquire(OTHER).now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_customer_with_many_batches_gets_no_more_permits_than_another() {
        let scheduler = Arc::new(ChunkScheduler::new(1));
        let order = Arc::new(std::sync::Mutex::new(Vec::new()));
        let first = scheduler.acquire(ONE).await;
        let mut tasks = Vec::new();
        for customer in [ONE, ONE, ONE, OTHER] {
            let (scheduler, order) = (Arc::clone(&scheduler), Arc::clone(&order));
            tasks.push(tokio::spawn(async move {
                let permit = scheduler.acquire(customer).await;
                order.lock().unwrap().push(customer);
                drop(permit);
            }));
            // Each lines up before the next one comes.
            tokio::task::yield_now().await;
        }
        drop(first);
        for task in tasks {
            task.await.unwrap();
        }
        // Of the batches of the one only the first stands in line beside the other customer.
        assert_eq!(*order.lock().unwrap(), [OTHER, ONE, ONE, ONE]);
    }

    #[test]
    fn calls_find_room_beside_chunks() {
        let at_once = [1, 2, 4, 8, 16].map(chunks_at_once);
        assert_eq!(at_once, [1, 1, 3, 6, 12]);
        assert_eq!(chunks_at_once(usize::MAX), Semaphore::MAX_PERMITS);
    }
}
