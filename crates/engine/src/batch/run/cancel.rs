use async_trait::async_trait;
use seatkeeper_domain::{BatchId, BatchState, CustomerId, Effect, Principal, Timestamp};
use seatkeeper_failpoints::{Point, fail_point};
use seatkeeper_store::{Batch, CustomerTx};

use crate::batch::errors::{batch_not_found, batch_resource};
use crate::transaction::Transaction;
use crate::{Engine, EngineError, EngineResult, Resource};

impl Engine {
    /// Requests that a batch stops between two chunks. Committed results stay; the remaining users
    /// are reported as cancelled. A second request has no effect.
    ///
    /// # Errors
    /// [`EngineError::BatchEnded`] when the batch has ended.
    pub async fn cancel_batch(
        &self,
        customer: &CustomerId,
        batch: &BatchId,
        principal: Principal,
    ) -> EngineResult<Batch> {
        let key = self.find_customer(customer).await?.key;
        let transaction = Cancel {
            customer: customer.clone(),
            batch: batch.clone(),
            principal,
            now: self.core.clock.now(),
        };
        let done = self.transact(key, transaction).await?;
        let (_, batch) = done.ok_or_else(|| EngineError::NotFound(Resource::customer(customer)))?;
        fail_point(Point::CancelCommitted);
        self.core
            .batches
            .topics
            .topic((key, batch.key))
            .worker_wakeup
            .notify_one();
        Ok(batch)
    }
}

struct Cancel {
    customer: CustomerId,
    batch: BatchId,
    principal: Principal,
    now: Timestamp,
}

#[async_trait]
impl Transaction for Cancel {
    type Output = Batch;

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<Batch> {
        let found = tx.batch_by_id(&self.batch).await?;
        let mut batch = found
            .filter(|batch| batch.state != BatchState::Preparing)
            .ok_or_else(|| batch_not_found(&self.customer, &self.batch))?;
        if batch.cancel_requested {
            return Ok(batch);
        }
        if batch.state.is_final() {
            return Err(EngineError::BatchEnded {
                name: batch_resource(&self.customer, &self.batch).name,
                state: batch.state,
            });
        }
        batch.cancel_requested = true;
        tx.save_batch(&batch).await?;
        let effect = Effect::BatchCancelled { batch: batch.key };
        tx.append(self.now, &self.principal, effect).await?;
        fail_point(Point::CancelWritten);
        Ok(batch)
    }
}
