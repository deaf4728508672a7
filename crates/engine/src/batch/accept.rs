use std::sync::Arc;
use std::time::Duration;

use seatkeeper_domain::{
    BatchState, CompiledCatalog, Effect, ProductKey, SeatPools, ShortagePolicy, Timestamp,
};
use seatkeeper_fault::{Point, pass};
use seatkeeper_store::{Batch, CustomerTx, RequestTarget};

use super::again::nobody;
use super::freeze::Frozen;
use super::read::batch_not_found;
use super::start::micros;
use super::survey::{batch_pools, missing, survey};
use super::task::Judge;
use crate::requests::Request;
use crate::{EngineError, EngineResult, LimitKind, Shortage};

/// Turns a frozen batch into an accepted one: from here on it will be carried out.
#[derive(Clone)]
pub(super) struct Accept {
    pub(super) catalog: Arc<CompiledCatalog>,
    pub(super) request: Option<Request>,
    pub(super) unfinished_max: i64,
    pub(super) lease: Duration,
    pub(super) now: Timestamp,
}

impl Accept {
    pub(super) fn locked_at(&mut self, now: Timestamp) {
        self.now = now;
    }

    pub(super) async fn run(
        &mut self,
        tx: &mut dyn CustomerTx,
        mut batch: Batch,
    ) -> EngineResult<Frozen> {
        pass(Point::AcceptBegun);
        if let Some(earlier) = self.earlier(tx).await? {
            tx.delete_batch(batch.key).await?;
            return Ok(Frozen::Accepted {
                batch: Box::new(earlier),
                joined: true,
            });
        }
        if batch.user_count == 0 {
            return Err(nobody(&tx.customer().id, &batch.spec));
        }
        self.check_unfinished(tx).await?;
        check_references(tx, &batch).await?;
        if batch.spec.shortage == ShortagePolicy::RequireAll {
            self.reserve(tx, &batch).await?;
            pass(Point::AcceptReserved);
        }
        batch.state = BatchState::Running;
        batch.lease.until = Some(self.now.plus_micros(micros(self.lease)));
        tx.save_batch(&batch).await?;
        let effect = Effect::BatchAccepted { batch: batch.key };
        tx.append(self.now, &batch.spec.actor, effect).await?;
        if let Some(request) = &self.request {
            request
                .remember(tx, RequestTarget::Batch(batch.key), self.now)
                .await?;
        }
        pass(Point::AcceptWritten);
        Ok(Frozen::Accepted {
            batch: Box::new(batch),
            joined: false,
        })
    }

    /// The batch that the same request made before.
    async fn earlier(&self, tx: &mut dyn CustomerTx) -> EngineResult<Option<Batch>> {
        let Some(request) = &self.request else {
            return Ok(None);
        };
        match request.earlier(tx.request(&request.id).await?)? {
            Some(RequestTarget::Batch(key)) => {
                Ok(Some(tx.batch(key).await?.ok_or_else(|| missing(key, 0))?))
            }
            Some(RequestTarget::Entry(_)) | None => Ok(None),
        }
    }

    async fn check_unfinished(&self, tx: &mut dyn CustomerTx) -> EngineResult<()> {
        // This one does not run yet.
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

    /// Sets aside the seats the batch will take, or refuses it with how many are short.
    ///
    /// Only users who come to hold a product need a seat: those who hold it already, or fail for
    /// another reason, do not.
    async fn reserve(&self, tx: &mut dyn CustomerTx, batch: &Batch) -> EngineResult<()> {
        let mut judge = Judge::new(&batch.spec, Arc::clone(&self.catalog));
        let products = batch.spec.task.products();
        let pools = batch_pools(tx, &products, &[], self.now).await?;
        let mut enough = SeatPools::unlimited(pools.iter().copied().collect());
        let needed = survey(tx, batch.key, batch.user_count, &mut judge, &mut enough)
            .await?
            .needed();
        let shortages = shortages(&self.catalog, &pools, &needed);
        if !shortages.is_empty() {
            return Err(EngineError::SeatsShort(shortages));
        }
        Ok(tx.set_reservations(batch.key, &needed).await?)
    }
}

/// What a batch reads of others was all there if they still are: what is left of a batch that is
/// removed goes after it.
async fn check_references(tx: &mut dyn CustomerTx, batch: &Batch) -> EngineResult<()> {
    for reference in batch.spec.references() {
        if tx.batch(reference.key).await?.is_none() {
            return Err(batch_not_found(&tx.customer().id, &reference.id));
        }
    }
    Ok(())
}

/// The products of which fewer seats are available than needed.
pub(super) fn shortages(
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
