use std::sync::Arc;
use std::time::Duration;

use seatkeeper_domain::{
    BatchState, CompiledCatalog, Effect, ProductKey, SeatPools, ShortagePolicy, Timestamp,
};
use seatkeeper_failpoints::{Point, fail_point};
use seatkeeper_store::{Batch, CustomerTx, IdempotencyTarget};

use super::freeze::FreezeOutcome;
use super::retry::no_users_error;
use super::start::micros;
use crate::batch::follow::results::batch_not_found;
use crate::batch::run::decider::Decider;
use crate::batch::run::seat_demand::{batch_pools, compute_seat_demand, missing};
use crate::idempotency::IdempotencyKey;
use crate::{EngineError, EngineResult, LimitKind, Shortage};

/// Accepts a frozen batch. An accepted batch runs to its end, on this server or another one.
#[derive(Clone)]
pub(super) struct Accept {
    pub(super) catalog: Arc<CompiledCatalog>,
    pub(super) idempotency_key: Option<IdempotencyKey>,
    pub(super) unfinished_max: i64,
    pub(super) lease: Duration,
    pub(super) now: Timestamp,
}

impl Accept {
    pub(super) fn on_locked(&mut self, now: Timestamp) {
        self.now = now;
    }

    pub(super) async fn run(
        &mut self,
        tx: &mut dyn CustomerTx,
        mut batch: Batch,
    ) -> EngineResult<FreezeOutcome> {
        fail_point(Point::AcceptBegun);
        if let Some(replayed) = self.replayed_batch(tx).await? {
            tx.delete_batch(batch.key).await?;
            return Ok(FreezeOutcome::Accepted {
                batch: Box::new(replayed),
                joined: true,
            });
        }
        if batch.user_count == 0 {
            return Err(no_users_error(&tx.customer().id, &batch.spec));
        }
        self.check_unfinished(tx).await?;
        check_references(tx, &batch).await?;
        if batch.spec.shortage == ShortagePolicy::RequireAll {
            self.reserve(tx, &batch).await?;
            fail_point(Point::AcceptReserved);
        }
        batch.state = BatchState::Running;
        batch.lease.until = Some(self.now.plus_micros(micros(self.lease)));
        tx.save_batch(&batch).await?;
        let effect = Effect::BatchAccepted { batch: batch.key };
        tx.append(self.now, &batch.spec.principal, effect).await?;
        if let Some(idempotency_key) = &self.idempotency_key {
            idempotency_key
                .record(tx, IdempotencyTarget::Batch(batch.key), self.now)
                .await?;
        }
        fail_point(Point::AcceptWritten);
        Ok(FreezeOutcome::Accepted {
            batch: Box::new(batch),
            joined: false,
        })
    }

    /// The batch that an earlier call with the same idempotency key started.
    async fn replayed_batch(&self, tx: &mut dyn CustomerTx) -> EngineResult<Option<Batch>> {
        let Some(idempotency_key) = &self.idempotency_key else {
            return Ok(None);
        };
        match idempotency_key.replay(tx.idempotency_record(&idempotency_key.id).await?)? {
            Some(IdempotencyTarget::Batch(key)) => {
                Ok(Some(tx.batch(key).await?.ok_or_else(|| missing(key, 0))?))
            }
            Some(IdempotencyTarget::Entry(_)) | None => Ok(None),
        }
    }

    async fn check_unfinished(&self, tx: &mut dyn CustomerTx) -> EngineResult<()> {
        // The batch that is being accepted is not counted as running yet.
        let given = tx.count_running_batches().await? + 1;
        if given > self.unfinished_max {
            return Err(EngineError::Limit {
                kind: LimitKind::UnfinishedBatches,
                given,
                max: self.unfinished_max,
            });
        }
        Ok(())
    }

    /// Reserves the seats that the batch will take, or rejects the batch and reports how many seats
    /// are missing.
    ///
    /// Only users who gain a product need a seat. Users who hold the product already, and users who
    /// fail for another reason, do not.
    async fn reserve(&self, tx: &mut dyn CustomerTx, batch: &Batch) -> EngineResult<()> {
        let mut decider = Decider::new(&batch.spec, Arc::clone(&self.catalog));
        let products = batch.spec.task.products();
        let pools = batch_pools(tx, &products, &[], self.now).await?;
        let mut enough = SeatPools::unlimited(pools.iter().copied().collect());
        let needed =
            compute_seat_demand(tx, batch.key, batch.user_count, &mut decider, &mut enough)
                .await?
                .needed();
        let shortages = shortages(&self.catalog, &pools, &needed);
        if !shortages.is_empty() {
            return Err(EngineError::SeatsShort(shortages));
        }
        Ok(tx.set_reservations(batch.key, &needed).await?)
    }
}

/// Checks that the batches that this batch reads from still exist. A removed batch becomes
/// invisible before its data is deleted, so a batch that exists now was complete while it was read.
async fn check_references(tx: &mut dyn CustomerTx, batch: &Batch) -> EngineResult<()> {
    for reference in batch.spec.references() {
        if tx.batch(reference.key).await?.is_none() {
            return Err(batch_not_found(&tx.customer().id, &reference.id));
        }
    }
    Ok(())
}

/// The products with fewer available seats than needed.
pub(crate) fn shortages(
    catalog: &CompiledCatalog,
    pools: &SeatPools,
    needed: &[(ProductKey, i64)],
) -> Vec<Shortage> {
    let short = needed.iter().filter_map(|&(key, needed)| {
        let available = pools.get(key).map_or(0, |pool| pool.available);
        let product = catalog
            .product(key)
            .expect("a change names products of its catalog");
        (available < needed).then(|| Shortage {
            product: product.id.clone(),
            needed,
            available,
        })
    });
    short.collect()
}
