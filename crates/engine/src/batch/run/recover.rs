use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use seatkeeper_domain::{BatchKey, BatchState, CustomerKey, Timestamp};
use seatkeeper_failpoints::{Point, fail_point};
use seatkeeper_store::CustomerTx;

use crate::batch::address::BatchAddress;
use crate::clock::micros;
use crate::transaction::Transaction;
use crate::{Engine, EngineResult};

/// Batches that one query returns.
const CLAIMABLE_PAGE: usize = 64;

impl Engine {
    /// Claims every batch without a valid lease and starts its worker.
    pub(crate) async fn recover_batches(&self) -> EngineResult<()> {
        let now = self.core.clock.now();
        let mut after = None;
        loop {
            let addresses = self
                .core
                .store
                .claimable_batches(now, after, CLAIMABLE_PAGE)
                .await?;
            let Some(last) = addresses.last() else {
                return Ok(());
            };
            after = Some(*last);
            let idle = addresses
                .into_iter()
                .filter(|address| !self.core.batches.has_worker(*address));
            for (customer, batches) in by_customer(idle) {
                self.claim_beside(customer, batches).await;
            }
        }
    }

    /// Claims a customer's batches in a task of its own. A customer whose lock is held for a long
    /// time delays only its own batches.
    async fn claim_beside(&self, customer: CustomerKey, batches: Vec<BatchKey>) {
        let claims = Arc::clone(&self.core.batches.claims);
        let permit = claims.acquire_owned().await;
        let permit = permit.expect("the semaphore is never closed");
        let Some(claiming) = Claiming::begin(self, customer) else {
            return;
        };
        let engine = self.clone();
        self.core.tasks.spawn(async move {
            for batch in batches {
                if let Err(error) = engine.claim((customer, batch)).await {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, batch = batch.0, "could not claim a batch; retrying");
                }
            }
            drop((claiming, permit));
        });
    }

    async fn claim(&self, address: BatchAddress) -> EngineResult<()> {
        fail_point(Point::ClaimBegun);
        let mut transaction = Claim {
            batch: address.1,
            owner: self.core.owner.clone(),
            now: self.core.clock.now(),
            lease: self.core.limits.lease,
        };
        let claimed = self.run_with_retry(address.0, &mut transaction).await?;
        if let Some(Some(epoch)) = claimed {
            fail_point(Point::ClaimCommitted);
            tracing::info!(
                customer = address.0.0,
                batch = address.1.0,
                epoch,
                "claimed a batch"
            );
            self.spawn_worker(address, epoch, None);
        }
        Ok(())
    }
}

/// Marks a customer's batches as being claimed, until it is dropped.
struct Claiming {
    engine: Engine,
    customer: CustomerKey,
}

impl Claiming {
    fn begin(engine: &Engine, customer: CustomerKey) -> Option<Self> {
        let begun = engine.core.batches.claiming().insert(customer);
        begun.then(|| Self {
            engine: engine.clone(),
            customer,
        })
    }
}

impl Drop for Claiming {
    fn drop(&mut self) {
        self.engine.core.batches.claiming().remove(&self.customer);
    }
}

fn by_customer(
    addresses: impl Iterator<Item = BatchAddress>,
) -> BTreeMap<CustomerKey, Vec<BatchKey>> {
    let mut grouped = BTreeMap::<_, Vec<_>>::new();
    for (customer, batch) in addresses {
        grouped.entry(customer).or_default().push(batch);
    }
    grouped
}

/// Claims a batch for this server with a new epoch, unless another server has a valid lease.
struct Claim {
    batch: BatchKey,
    owner: String,
    now: Timestamp,
    lease: Duration,
}

#[async_trait]
impl Transaction for Claim {
    type Output = Option<i64>;

    fn on_locked(&mut self, now: Timestamp) {
        self.now = now;
    }

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<Option<i64>> {
        let Some(mut batch) = tx.batch(self.batch).await? else {
            return Ok(None);
        };
        if batch.lease.until.is_some_and(|until| until > self.now) {
            return Ok(None);
        }
        match batch.state {
            BatchState::Succeeded | BatchState::Cancelled => return Ok(None),
            BatchState::Preparing => {
                // The server that was preparing the batch stopped before the batch was accepted.
                tx.delete_batch(batch.key).await?;
                return Ok(None);
            }
            BatchState::Running => {}
        }
        batch.lease.owner = Some(self.owner.clone());
        batch.lease.until = Some(self.now.plus_micros(micros(self.lease)));
        batch.lease.epoch += 1;
        if batch.user_stream_open {
            // The user stream was lost with the server that received it.
            batch.user_stream_open = false;
            batch.user_stream_interrupted = true;
        }
        tx.save_batch(&batch).await?;
        fail_point(Point::ClaimWritten);
        Ok(Some(batch.lease.epoch))
    }
}
