use std::collections::BTreeSet;

use async_trait::async_trait;
use seatkeeper_domain::{CustomerKey, ProductKey, Timestamp};
use seatkeeper_store::CustomerTx;

use super::allocate::{allocate_to_queues, evaluator};
use super::fulfil::{Progress, QueueScan};
use crate::transaction::Transaction;
use crate::{Engine, EngineResult};

/// Due queues that one query returns.
const DUE_PAGE: usize = 64;

impl Engine {
    /// Fulfils due queues. Runs at start, whenever a queue becomes due on this server, and
    /// periodically, since seats become available by time and other servers crash.
    pub(crate) async fn fulfil_due_queues(&self) -> EngineResult<()> {
        let mut after = None;
        loop {
            let now = self.core.clock.now();
            let due = self.core.store.due_waitlists(now, after, DUE_PAGE).await?;
            let Some(last) = due.last() else {
                return Ok(());
            };
            after = Some(*last);
            for (customer, product) in due {
                if let Err(error) = self.fulfil_queue(customer, product).await {
                    // The other queues must not wait for this one.
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        customer = customer.0,
                        "could not fulfil a due waitlist; will retry"
                    );
                }
            }
        }
    }

    /// Scans one queue in several transactions. Other transactions may run in between.
    async fn fulfil_queue(&self, customer: CustomerKey, product: ProductKey) -> EngineResult<()> {
        let mut scan = None;
        while !self.core.tasks.is_stopping() {
            let transaction = FulfilQueue {
                engine: self.clone(),
                product,
                scan,
            };
            match self.transact(customer, transaction).await? {
                Some((_, Some(further))) => scan = Some(further),
                Some((_, None)) | None => return Ok(()),
            }
        }
        Ok(())
    }
}

/// One step of a scan of a due queue.
struct FulfilQueue {
    engine: Engine,
    product: ProductKey,
    /// The progress of the earlier steps, and the due time of the queue in these steps.
    scan: Option<(QueueScan, Timestamp)>,
}

#[async_trait]
impl Transaction for FulfilQueue {
    /// Where the next step continues; `None` when the queue is not due any more.
    type Output = Option<(QueueScan, Timestamp)>;

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<Self::Output> {
        let mut evaluator = evaluator(&self.engine).await?;
        let due = tx.waitlist_due(self.product).await?;
        let Some(due) = due.filter(|due| *due <= evaluator.now) else {
            return Ok(None);
        };
        let begun = self.scan.as_ref().filter(|(_, since)| *since == due);
        // A queue that became due again since the last step is scanned from its head.
        let mut scan = begun.map_or_else(|| QueueScan::new(self.product), |(scan, _)| scan.clone());
        let mut room = self.engine.core.limits.waitlist_users_per_step;
        let progress = scan.advance(tx, &mut evaluator, &mut room).await?;
        let mut others: BTreeSet<ProductKey> = tx.take_dirty_queues().into_iter().collect();
        others.remove(&self.product);
        allocate_to_queues(tx, &mut evaluator, &mut room, others).await?;
        match progress {
            Progress::More => Ok(Some((scan, due))),
            Progress::Ended(next) => {
                tx.set_waitlist_due(self.product, next).await?;
                Ok(None)
            }
        }
    }
}
