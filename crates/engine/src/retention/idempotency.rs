use async_trait::async_trait;
use seatkeeper_domain::{CustomerKey, Timestamp};
use seatkeeper_failpoints::{Point, fail_point};
use seatkeeper_store::CustomerTx;

use super::log_failure;
use crate::transaction::Transaction;
use crate::{Engine, EngineResult};

/// Customers that one query returns.
const RECORDS_PAGE: usize = 64;

impl Engine {
    /// Deletes old idempotency records of single calls. The records of batches are removed with
    /// their batches.
    pub(crate) async fn delete_old_idempotency_records(&self) -> EngineResult<()> {
        let Some(until) = self.cutoff(self.core.limits.batch_retention) else {
            return Ok(());
        };
        loop {
            let customers = self
                .core
                .store
                .customers_with_old_idempotency_records(until, RECORDS_PAGE)
                .await?;
            let mut progressed = false;
            for customer in customers {
                let removed = self.delete_idempotency_records_of(customer, until).await;
                progressed |= removed.is_ok();
                log_failure(
                    removed,
                    "could not delete old request ids of a customer; will retry",
                );
            }
            if !progressed || self.core.tasks.is_stopping() {
                return Ok(());
            }
        }
    }

    /// Deletes a customer's old idempotency records in several transactions. Other transactions may
    /// run in between.
    async fn delete_idempotency_records_of(
        &self,
        customer: CustomerKey,
        until: Timestamp,
    ) -> EngineResult<()> {
        let limit = self.core.limits.idempotency_records_removed_per_step;
        while !self.core.tasks.is_stopping() {
            let deleted = self
                .transact(customer, DeleteOldKeys { until, limit })
                .await?;
            fail_point(Point::RetentionCommitted);
            if deleted.is_none_or(|(_, count)| count < limit) {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Deletes the oldest idempotency records, at most `limit`.
struct DeleteOldKeys {
    until: Timestamp,
    limit: usize,
}

#[async_trait]
impl Transaction for DeleteOldKeys {
    type Output = usize;

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<usize> {
        Ok(tx
            .delete_old_idempotency_records(self.until, self.limit)
            .await?)
    }
}
