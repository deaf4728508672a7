use seatkeeper_domain::{BatchKey, ChunkPlan, ProductKey, SeatPools, Timestamp};
use seatkeeper_store::CustomerTx;

use super::decider::Decider;
use crate::EngineResult;
use crate::batch::address::length;
use crate::batch::errors::missing;
use crate::change::seat_pools;

/// The seats that a whole batch would take, computed without writing.
#[derive(Debug, Default)]
pub(crate) struct SeatDemand {
    /// Seats that the batch would take of each product.
    pub(crate) taken: Vec<(ProductKey, i64)>,
    /// Whether any product of any user would fail.
    pub(crate) any_failed: bool,
}

impl SeatDemand {
    pub(crate) fn add(&mut self, plan: &ChunkPlan) {
        for (product, delta) in plan.seat_deltas() {
            match self.taken.iter_mut().find(|(known, _)| *known == product) {
                Some((_, taken)) => *taken += delta,
                None => self.taken.push((product, delta)),
            }
        }
        self.any_failed |= plan.has_failures();
    }

    /// The products with a positive number of seats taken.
    pub(crate) fn needed(&self) -> Vec<(ProductKey, i64)> {
        self.taken
            .iter()
            .copied()
            .filter(|(_, taken)| *taken > 0)
            .collect()
    }
}

/// Decides every chunk of a frozen batch without writing.
pub(crate) async fn compute_seat_demand(
    tx: &mut dyn CustomerTx,
    batch: BatchKey,
    user_count: i64,
    decider: &mut Decider,
    pools: &mut SeatPools,
) -> EngineResult<SeatDemand> {
    let mut demand = SeatDemand::default();
    let mut position = 0;
    while position < user_count {
        let segment = tx
            .segments(batch, position, 1)
            .await?
            .ok_or_else(|| missing(batch, position))?;
        let mut loaded = tx.load_chunk(&segment, &decider.relevant()).await?;
        demand.add(&decider.plan(tx, &mut loaded, pools).await?);
        position += length(segment.len());
    }
    Ok(demand)
}

/// The seat pools that a batch takes seats from, including its reserved seats.
pub(crate) async fn batch_pools(
    tx: &mut dyn CustomerTx,
    products: &[ProductKey],
    reserved: &[(ProductKey, i64)],
    now: Timestamp,
) -> EngineResult<SeatPools> {
    let entitlements = tx.entitlements(products).await?;
    Ok(seat_pools(products, &entitlements, reserved, now))
}
