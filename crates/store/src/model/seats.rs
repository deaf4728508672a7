use std::collections::BTreeMap;

use seatkeeper_domain::{BatchKey, Entitlement, ProductKey};

use super::error::corrupt;
use crate::{Reservation, StoreResult};

/// A customer's entitlements and reservations.
#[derive(Debug, Clone, Default)]
pub(super) struct Seats {
    entitlements: BTreeMap<ProductKey, Entitlement>,
    reservations: BTreeMap<(BatchKey, ProductKey), i64>,
}

impl Seats {
    pub(super) fn entitlements(&self, products: Option<&[ProductKey]>) -> Vec<Entitlement> {
        self.entitlements
            .values()
            .filter(|entitlement| {
                products.is_none_or(|products| products.contains(&entitlement.product))
            })
            .cloned()
            .collect()
    }

    pub(super) fn save(&mut self, entitlement: &Entitlement) {
        let (assigned, reserved, waitlisted) = self
            .entitlements
            .get(&entitlement.product)
            .map_or((0, 0, 0), |stored| {
                (stored.assigned, stored.reserved, stored.waitlisted)
            });
        let entitlement = Entitlement {
            assigned,
            reserved,
            waitlisted,
            ..entitlement.clone()
        };
        self.entitlements.insert(entitlement.product, entitlement);
    }

    /// Sets the number of waitlisted users of each entitlement.
    pub(super) fn count_waiting(&mut self, count: impl Fn(ProductKey) -> i64) {
        for (&product, entitlement) in &mut self.entitlements {
            entitlement.waitlisted = count(product);
        }
    }

    /// Whether there is an entitlement to a product.
    pub(super) fn has(&self, product: ProductKey) -> bool {
        self.entitlements.contains_key(&product)
    }

    /// Adds to the assigned seats of each product.
    pub(super) fn assign(&mut self, deltas: &[(ProductKey, i64)]) -> StoreResult<()> {
        for &(product, delta) in deltas {
            self.entitlement(product)?.assigned += delta;
        }
        Ok(())
    }

    pub(super) fn reservations(&self, batch: BatchKey) -> Vec<(ProductKey, i64)> {
        self.reservations
            .iter()
            .filter(|((owner, _), _)| *owner == batch)
            .map(|(&(_, product), &seats)| (product, seats))
            .collect()
    }

    pub(super) fn all_reservations(&self) -> Vec<Reservation> {
        let reservations = self.reservations.iter();
        reservations
            .map(|(&(batch, product), &seats)| Reservation {
                batch,
                product,
                seats,
            })
            .collect()
    }

    pub(super) fn reserve(
        &mut self,
        batch: BatchKey,
        seats: &[(ProductKey, i64)],
    ) -> StoreResult<()> {
        for (product, released) in self.reservations(batch) {
            self.entitlement(product)?.reserved -= released;
            self.reservations.remove(&(batch, product));
        }
        for &(product, seats) in seats {
            self.entitlement(product)?.reserved += seats;
            if seats != 0 {
                self.reservations.insert((batch, product), seats);
            }
        }
        Ok(())
    }

    fn entitlement(&mut self, product: ProductKey) -> StoreResult<&mut Entitlement> {
        self.entitlements.get_mut(&product).ok_or_else(|| {
            corrupt(
                "entitlements",
                product,
                "seats change for a product without an entitlement",
            )
        })
    }
}
