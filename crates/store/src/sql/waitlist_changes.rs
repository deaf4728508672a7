use std::collections::BTreeSet;

use seatkeeper_domain::{Entitlement, ProductKey};

/// What a transaction knows of its customer's waitlists, so that it asks only where somebody waits.
#[derive(Debug, Default)]
pub(super) struct WaitlistChanges {
    /// Products nobody waits for.
    empty: BTreeSet<ProductKey>,
    /// Products of which somebody who waits might be served.
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

    /// Those of `products` for which somebody may wait.
    pub(super) fn waited_for(&self, products: &BTreeSet<ProductKey>) -> BTreeSet<ProductKey> {
        products.difference(&self.empty).copied().collect()
    }
}
