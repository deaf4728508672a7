use std::sync::Arc;

use seatkeeper_domain::{CompiledCatalog, ProductKey, SeatPools, Timestamp};
use seatkeeper_store::{Batch, CustomerTx};

use crate::batch::run::decider::Decider;
use crate::batch::run::seat_demand::{batch_pools, compute_seat_demand};
use crate::{EngineError, EngineResult, Shortage};

/// Reserves the seats that the batch will take, or rejects the batch and reports how many seats are
/// missing.
///
/// Only users who gain a product need a seat. Users who hold the product already, and users who
/// fail for another reason, do not.
pub(super) async fn reserve_seats(
    tx: &mut dyn CustomerTx,
    batch: &Batch,
    catalog: &Arc<CompiledCatalog>,
    now: Timestamp,
) -> EngineResult<()> {
    let mut decider = Decider::new(&batch.spec, Arc::clone(catalog));
    let products = batch.spec.task.products();
    let pools = batch_pools(tx, &products, &[], now).await?;
    let mut enough = SeatPools::unlimited(pools.iter().copied().collect());
    let needed = compute_seat_demand(tx, batch.key, batch.user_count, &mut decider, &mut enough)
        .await?
        .needed();
    let shortages = shortages(catalog, &pools, &needed);
    if !shortages.is_empty() {
        return Err(EngineError::SeatsShort(shortages));
    }
    Ok(tx.set_reservations(batch.key, &needed).await?)
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
