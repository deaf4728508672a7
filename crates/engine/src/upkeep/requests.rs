use std::sync::Arc;

use async_trait::async_trait;
use seatkeeper_domain::{CustomerKey, Timestamp};
use seatkeeper_fault::{Point, pass};
use seatkeeper_store::CustomerTx;

use super::told;
use crate::EngineResult;
use crate::engine::Shared;
use crate::transact::Work;

/// Request ids looked at in one go, to see whose they are.
const REQUESTS_PAGE: usize = 64;

impl Shared {
    /// Forgets request ids of calls that changed something at once, long enough ago. Those of
    /// batches go with their batches.
    pub(super) async fn remove_old_requests(self: &Arc<Self>) -> EngineResult<()> {
        let Some(until) = self.kept_until(self.limits.batch_retention) else {
            return Ok(());
        };
        loop {
            let customers = self
                .store
                .customers_with_old_requests(until, REQUESTS_PAGE)
                .await?;
            let mut progressed = false;
            for customer in customers {
                let removed = self.remove_requests_of(customer, until).await;
                progressed |= removed.is_ok();
                told(removed, "could not forget the request ids of a customer");
            }
            if !progressed || self.batches.stop.is_cancelled() {
                return Ok(());
            }
        }
    }

    /// Forgets a customer's old request ids, a transaction after the other; others come between.
    async fn remove_requests_of(
        self: &Arc<Self>,
        customer: CustomerKey,
        until: Timestamp,
    ) -> EngineResult<()> {
        let limit = self.limits.requests_removed_per_step;
        while !self.batches.stop.is_cancelled() {
            let forgotten = self.transact(customer, Forget { until, limit }).await?;
            pass(Point::UpkeepCommitted);
            if forgotten.is_none_or(|(_, count)| count < limit) {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Forgets the oldest request ids.
struct Forget {
    until: Timestamp,
    limit: usize,
}

#[async_trait]
impl Work for Forget {
    type Output = usize;

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<usize> {
        Ok(tx.remove_old_requests(self.until, self.limit).await?)
    }
}
