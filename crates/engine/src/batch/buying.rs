use seatkeeper_domain::{ChunkPlan, Entitlement, ProductKey, SeatPools};
use seatkeeper_store::{Batch, CustomerTx, LoadedChunk};

use super::chunk::ChunkWork;
use crate::EngineResult;
use crate::entitlements::Buyer;

/// What a batch that buys missing seats draws on.
pub(super) struct Shop {
    buyer: Buyer,
    entitlements: Vec<Entitlement>,
}

impl Shop {
    /// Reads what there is, and makes the pools that are bought for when it runs out.
    pub(super) async fn open(
        work: &ChunkWork,
        tx: &mut dyn CustomerTx,
        batch: &Batch,
    ) -> EngineResult<(Self, SeatPools)> {
        let buyer = Buyer::of_batch(&batch.id, work.purchases_max);
        let products = batch.spec.task.products();
        let entitlements = tx.entitlements(&products).await?;
        let pools = buyer.pools(&products, &entitlements, work.now);
        let shop = Self {
            buyer,
            entitlements,
        };
        Ok((shop, pools))
    }

    /// Buys what was taken from `pools` beyond what there was, before the licenses are written.
    pub(super) async fn buy(
        &self,
        work: &ChunkWork,
        tx: &mut dyn CustomerTx,
        batch: &mut Batch,
        pools: &SeatPools,
    ) -> EngineResult<()> {
        let actor = &batch.spec.actor;
        let bought = self
            .buyer
            .buy(tx, &self.entitlements, pools, actor, work.now)
            .await?;
        for (product, seats) in bought {
            *seats_of(&mut batch.seats_bought, product) += seats;
        }
        Ok(())
    }
}

/// Decides a chunk and buys the seats that are missing for it.
pub(super) async fn plan_buying(
    work: &mut ChunkWork,
    tx: &mut dyn CustomerTx,
    batch: &mut Batch,
    loaded: &mut LoadedChunk,
) -> EngineResult<ChunkPlan> {
    let (shop, mut pools) = Shop::open(work, tx, batch).await?;
    let plan = work.judge.plan(tx, loaded, &mut pools).await?;
    shop.buy(work, tx, batch, &pools).await?;
    Ok(plan)
}

/// The count of a product, in a list that ascends by product.
fn seats_of(counts: &mut Vec<(ProductKey, i64)>, product: ProductKey) -> &mut i64 {
    let place = counts
        .binary_search_by_key(&product, |(known, _)| *known)
        .unwrap_or_else(|place| {
            counts.insert(place, (product, 0));
            place
        });
    &mut counts[place].1
}
