use seatkeeper_domain::{
    BatchId, Effect, Entitlement, Principal, ProductKey, Purchase, PurchaseId, SeatPools, Timestamp,
};
use seatkeeper_failpoints::{Point, fail_point};
use seatkeeper_store::CustomerTx;

use super::edit::{index_of, new, touch};
use crate::change::pools_of;
use crate::{EngineResult, IdSource, Limits, ids};

/// Buys the seats that a batch or a call lacks: one purchase without an end for each product.
///
/// A batch buys chunk by chunk, in the transaction that assigns the seats, and extends its
/// purchase. So it never buys a seat twice, and never more seats than it assigns.
#[derive(Debug, Clone)]
pub(crate) struct SeatPurchaser {
    purchase: PurchaseId,
    purchases_max: usize,
}

impl SeatPurchaser {
    /// A purchaser whose purchases get this identifier.
    const fn new(purchase: PurchaseId, purchases_max: usize) -> Self {
        Self {
            purchase,
            purchases_max,
        }
    }

    /// A purchaser that creates new purchases.
    pub(crate) fn of_call(ids: &dyn IdSource, limits: &Limits) -> Self {
        let purchase = ids::purchase_id(ids);
        Self::new(purchase, limits.purchases_per_entitlement_max)
    }

    /// The purchaser of a batch. Its purchases have the batch's identifier, so later chunks find
    /// them.
    pub(crate) fn of_batch(batch: &BatchId, purchases_max: usize) -> Self {
        let purchase = PurchaseId::parse(batch.as_str());
        let purchase = purchase.expect("all identifiers have the same alphabet");
        Self::new(purchase, purchases_max)
    }

    /// The seat pools of these products at `now`, with the seats that may be bought.
    pub(crate) fn pools(
        &self,
        products: &[ProductKey],
        entitlements: &[Entitlement],
        now: Timestamp,
    ) -> SeatPools {
        let pools = pools_of(products, entitlements, &[], now).map(|pool| {
            let found = find(entitlements, pool.product);
            (pool, found.is_none_or(|found| self.may_buy(found, now)))
        });
        SeatPools::buying(pools.collect())
    }

    /// Whether the entitlement has room for another purchase, or has this purchaser's purchase and
    /// its seats never lapse.
    fn may_buy(&self, entitlement: &Entitlement, now: Timestamp) -> bool {
        match index_of(entitlement, &self.purchase) {
            Some(index) => {
                let own = &entitlement.purchases[index];
                own.end_time.is_none() && own.start_time <= now
            }
            None => entitlement.purchases.len() < self.purchases_max,
        }
    }

    /// Buys the seats that were taken from `pools` beyond those in `entitlements`. Returns the
    /// number of seats bought of each product. Must be called before the licenses are written.
    pub(crate) async fn buy(
        &self,
        tx: &mut dyn CustomerTx,
        entitlements: &[Entitlement],
        pools: &SeatPools,
        principal: &Principal,
        now: Timestamp,
    ) -> EngineResult<Vec<(ProductKey, i64)>> {
        let bought: Vec<(ProductKey, i64)> = pools.bought().collect();
        for &(product, seats) in &bought {
            let found = find(entitlements, product).cloned();
            let mut entitlement = found.unwrap_or_else(|| new(product, now));
            let purchase = self.extend_purchase(&mut entitlement, seats, now);
            tx.save_entitlement(&entitlement).await?;
            fail_point(Point::PurchaseSaved);
            let effect = Effect::PurchaseChanged { product, purchase };
            tx.append(now, principal, effect).await?;
            fail_point(Point::PurchaseJournaled);
        }
        Ok(bought)
    }

    fn extend_purchase(
        &self,
        entitlement: &mut Entitlement,
        seats: i64,
        now: Timestamp,
    ) -> Purchase {
        let index = index_of(entitlement, &self.purchase).unwrap_or_else(|| {
            entitlement.purchases.push(Purchase {
                id: self.purchase.clone(),
                seats: 0,
                start_time: now,
                end_time: None,
            });
            entitlement.purchases.len() - 1
        });
        let purchase = &mut entitlement.purchases[index];
        purchase.seats += seats;
        let extended = purchase.clone();
        touch(entitlement, now);
        extended
    }
}

fn find(entitlements: &[Entitlement], product: ProductKey) -> Option<&Entitlement> {
    let mut entitlements = entitlements.iter();
    entitlements.find(|entitlement| entitlement.product == product)
}
