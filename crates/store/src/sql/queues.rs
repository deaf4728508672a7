use std::collections::BTreeSet;

use seatkeeper_domain::{Entitlement, ProductKey};

/// What a transaction knows of its customer's waitlists, so that it asks only where somebody waits.
#[derive(Debug, Default)]
pub(super) struct Queues {
    /// Products nobody waits for.
    empty: BTreeSet<ProductKey>,
    /// Products of which somebody who waits might be served.
    unsettled: BTreeSet<ProductKey>,
}

impl Queues {
    pub(super) fn saw(&mut self, entitlements: &[Entitlement]) {
        for found in entitlements {
            if found.waitlisted == 0 {
                self.empty.insert(found.product);
            }
        }
    }

    pub(super) fn joined(&mut self, products: impl IntoIterator<Item = ProductKey>) {
        for product in products {
            self.empty.remove(&product);
            self.unsettled.insert(product);
        }
    }

    pub(super) fn unsettle(&mut self, products: impl IntoIterator<Item = ProductKey>) {
        self.unsettled.extend(products);
    }

    pub(super) fn take_unsettled(&mut self) -> Vec<ProductKey> {
        std::mem::take(&mut self.unsettled).into_iter().collect()
    }

    /// Those of `products` for which somebody may wait.
    pub(super) fn waited_for(&self, products: &BTreeSet<ProductKey>) -> BTreeSet<ProductKey> {
        products.difference(&self.empty).copied().collect()
    }
}
