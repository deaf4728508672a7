//! Schedules chunks. Batches of one customer take turns, chunk by chunk, and so do customers with
//! batches. Any other writer waits for about one chunk, even if there are many batches.

use std::sync::Arc;

use seatkeeper_domain::CustomerKey;
use tokio::sync::{Mutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

use crate::weak_map::WeakMap;

/// One in this many of the store's concurrent transactions is not used for chunks, and at least one
/// where there are several.
const KEPT_FREE: usize = 4;

/// Schedules the chunks of the batches with a worker on this server, first come, first served.
pub(crate) struct ChunkScheduler {
    customers: WeakMap<CustomerKey, Mutex<()>>,
    chunks: Arc<Semaphore>,
}

/// The permit to run one chunk; dropping it releases it.
pub(super) struct ChunkPermit {
    _customer: OwnedMutexGuard<()>,
    _chunk: OwnedSemaphorePermit,
}

impl ChunkScheduler {
    /// A scheduler for a store that runs `writers` transactions concurrently.
    pub(crate) fn new(writers: usize) -> Self {
        Self {
            customers: WeakMap::default(),
            chunks: Arc::new(Semaphore::new(chunks_at_once(writers))),
        }
    }

    /// Waits for a permit. A customer's batches wait for one another first, so a customer with many
    /// batches gets as many permits as a customer with one.
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

/// The number of chunks that run concurrently. Where there is room for more than one transaction, a
/// single call finds a free one.
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
            // Each task waits in the queue before the next one starts.
            tokio::task::yield_now().await;
        }
        drop(first);
        for task in tasks {
            task.await.unwrap();
        }
        // Only the first batch of the customer competes with the other customer.
        assert_eq!(*order.lock().unwrap(), [OTHER, ONE, ONE, ONE]);
    }

    #[test]
    fn calls_find_room_beside_chunks() {
        let at_once = [1, 2, 4, 8, 16].map(chunks_at_once);
        assert_eq!(at_once, [1, 1, 3, 6, 12]);
        assert_eq!(chunks_at_once(usize::MAX), Semaphore::MAX_PERMITS);
    }
}
