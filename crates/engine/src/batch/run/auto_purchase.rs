use seatkeeper_domain::{ChunkPlan, Entitlement, ProductKey, SeatPools};
use seatkeeper_store::{Batch, CustomerTx, LoadedChunk};

use super::chunk_transaction::ChunkTransaction;
use crate::EngineResult;
use crate::entitlements::SeatPurchaser;

/// The purchaser of a batch that buys missing seats, and the entitlements it buys for.
pub(super) struct AutoPurchase {
    purchaser: SeatPurchaser,
    entitlements: Vec<Entitlement>,
}

impl AutoPurchase {
    /// Reads the entitlements, and creates seat pools that count the seats to buy when they run
    /// out.
    pub(super) async fn open(
        transaction: &ChunkTransaction,
        tx: &mut dyn CustomerTx,
        batch: &Batch,
    ) -> EngineResult<(Self, SeatPools)> {
        let purchaser = SeatPurchaser::of_batch(&batch.id, transaction.purchases_max);
        let products = batch.spec.task.products();
        let entitlements = tx.entitlements(&products).await?;
        let pools = purchaser.pools(&products, &entitlements, transaction.now);
        let purchase = Self {
            purchaser,
            entitlements,
        };
        Ok((purchase, pools))
    }

    /// Buys the seats that were taken from `pools` beyond the available ones. Must be called before
    /// the licenses are written.
    pub(super) async fn buy(
        &self,
        transaction: &ChunkTransaction,
        tx: &mut dyn CustomerTx,
        batch: &mut Batch,
        pools: &SeatPools,
    ) -> EngineResult<()> {
        let principal = &batch.spec.principal;
        let bought = self
            .purchaser
            .buy(tx, &self.entitlements, pools, principal, transaction.now)
            .await?;
        for (product, seats) in bought {
            *seats_of(&mut batch.seats_bought, product) += seats;
        }
        Ok(())
    }
}

/// Decides a chunk and buys the seats that the chunk lacks.
pub(super) async fn plan_with_purchase(
    transaction: &mut ChunkTransaction,
    tx: &mut dyn CustomerTx,
    batch: &mut Batch,
    loaded: &mut LoadedChunk,
) -> EngineResult<ChunkPlan> {
    let (purchase, mut pools) = AutoPurchase::open(transaction, tx, batch).await?;
    let plan = transaction.decider.plan(tx, loaded, &mut pools).await?;
    purchase.buy(transaction, tx, batch, &pools).await?;
    Ok(plan)
}

/// The count of `product` in `counts`, which is sorted by product; inserts zero if it is missing.
fn seats_of(counts: &mut Vec<(ProductKey, i64)>, product: ProductKey) -> &mut i64 {
    let index = counts
        .binary_search_by_key(&product, |(known, _)| *known)
        .unwrap_or_else(|index| {
            counts.insert(index, (product, 0));
            index
        });
    &mut counts[index].1
}
