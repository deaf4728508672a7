use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use seatkeeper_domain::{CustomerKey, ProductKey, Timestamp};
use seatkeeper_store::CustomerTx;

use super::serve::{Progress, Walk};
use super::settle::{judge, settle_queues};
use crate::EngineResult;
use crate::engine::Shared;
use crate::transact::Work;

/// Queues looked at in one go.
const DUE_PAGE: usize = 64;

impl Shared {
    /// Serves queues that are due, now, whenever one becomes so on this server, and from time to
    /// time: seats become available by themselves, and other servers die.
    pub(crate) fn keep_waitlists(self: &Arc<Self>) {
        let shared = Arc::clone(self);
        self.batches.tasks.spawn(async move {
            loop {
                if let Err(error) = shared.serve_due_queues().await {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "could not serve the waitlists that are due");
                }
                tokio::select! {
                    biased;
                    () = shared.batches.stop.cancelled() => return,
                    () = shared.queues_due.notified() => {}
                    () = tokio::time::sleep(shared.limits.recovery_interval) => {}
                }
            }
        });
    }

    async fn serve_due_queues(self: &Arc<Self>) -> EngineResult<()> {
        let mut after = None;
        loop {
            let now = self.clock.now();
            let due = self.store.due_waitlists(now, after, DUE_PAGE).await?;
            let Some(last) = due.last() else {
                return Ok(());
            };
            after = Some(*last);
            for (customer, product) in due {
                if let Err(error) = self.serve_queue(customer, product).await {
                    // The others are not to wait for this one.
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        customer = customer.0,
                        "could not serve a waitlist that is due"
                    );
                }
            }
        }
    }

    /// Walks along one queue, a transaction after the other; others come between.
    async fn serve_queue(
        self: &Arc<Self>,
        customer: CustomerKey,
        product: ProductKey,
    ) -> EngineResult<()> {
        let mut walk = None;
        while !self.batches.stop.is_cancelled() {
            let work = ServeQueue {
                shared: Arc::clone(self),
                product,
                walk,
            };
            match self.transact(customer, work).await? {
                Some((_, Some(further))) => walk = Some(further),
                Some((_, None)) | None => return Ok(()),
            }
        }
        Ok(())
    }
}

/// One step along a queue that is due.
struct ServeQueue {
    shared: Arc<Shared>,
    product: ProductKey,
    /// How far the steps before came, and since when the queue was due then.
    walk: Option<(Walk, Timestamp)>,
}

#[async_trait]
impl Work for ServeQueue {
    /// Where the next step goes on; `None` when the queue is not due any more.
    type Output = Option<(Walk, Timestamp)>;

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<Self::Output> {
        let mut judge = judge(&self.shared).await?;
        let due = tx.waitlist_due(self.product).await?;
        let Some(due) = due.filter(|due| *due <= judge.now) else {
            return Ok(None);
        };
        let begun = self.walk.as_ref().filter(|(_, since)| *since == due);
        // A queue that has become due again meanwhile is walked from its head.
        let mut walk = begun.map_or_else(|| Walk::new(self.product), |(walk, _)| walk.clone());
        let mut room = self.shared.limits.waitlist_users_per_step;
        let progress = walk.go_on(tx, &mut judge, &mut room).await?;
        let mut others: BTreeSet<ProductKey> = tx.take_unsettled().into_iter().collect();
        others.remove(&self.product);
        settle_queues(tx, &mut judge, &mut room, others).await?;
        match progress {
            Progress::More => Ok(Some((walk, due))),
            Progress::Ended(next) => {
                tx.set_waitlist_due(self.product, next).await?;
                Ok(None)
            }
        }
    }
}
