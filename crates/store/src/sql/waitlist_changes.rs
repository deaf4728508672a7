use std::collections::BTreeSet;

use seatkeeper_domain::{Entitlement, ProductKey};

/// What a transaction knows about its customer's queues, so that it reads only queues that may have
/// entries.
#[derive(Debug, Default)]
pub(super) struct WaitlistChanges {
    /// Products without a waitlisted user.
    empty: BTreeSet<ProductKey>,
    /// Products with a waitlisted user who may now get a seat.
    dirty_queues: BTreeSet<ProductKey>,
}

impl WaitlistChanges {
    pub(super) fn record_entitlements(&mut self, entitlements: &[Entitlement]) {
        for found in entitlements {
            if found.waitlisted == 0 {
                self.empty.insert(found.product);
            }
        }
    }

    pub(super) fn record_joins(&mut self, products: impl IntoIterator<Item = ProductKey>) {
        for product in products {
            self.empty.remove(&product);
            self.dirty_queues.insert(product);
        }
    }

    pub(super) fn mark_dirty(&mut self, products: impl IntoIterator<Item = ProductKey>) {
        self.dirty_queues.extend(products);
    }

    pub(super) fn take_dirty_queues(&mut self) -> Vec<ProductKey> {
        std::mem::take(&mut self.dirty_queues).into_iter().collect()
    }

    /// Those of `products` that may have waitlisted users.
    pub(super) fn waited_for(&self, products: &BTreeSet<ProductKey>) -> BTreeSet<ProductKey> {
        products.difference(&self.empty).copied().collect()
    }
}
