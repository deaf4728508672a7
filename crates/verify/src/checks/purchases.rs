use std::collections::BTreeMap;

use seatkeeper_domain::{Effect, Entitlement, ProductKey, Purchase};
use seatkeeper_store::{JournalCheckpoint, JournalRow};

use crate::{Check, Findings};

/// The purchases according to the journal entries so far.
#[derive(Default)]
pub(super) struct Purchases(BTreeMap<ProductKey, Vec<Purchase>>);

impl Purchases {
    /// Starts with the purchases of the checkpoint.
    pub(super) fn begin(&mut self, checkpoint: &JournalCheckpoint) {
        self.0.clone_from(&checkpoint.purchases);
    }

    /// Applies the change of an entry.
    pub(super) fn note(&mut self, effect: &Effect) {
        let Effect::PurchaseChanged { product, purchase } = effect else {
            return;
        };
        let purchases = self.0.entry(*product).or_default();
        let known = purchases.iter_mut().find(|known| known.id == purchase.id);
        match known {
            Some(known) => *known = purchase.clone(),
            None => purchases.push(purchase.clone()),
        }
        purchases.retain(|purchase| purchase.seats > 0);
    }

    pub(super) fn of(&self, product: ProductKey) -> &[Purchase] {
        self.0.get(&product).map_or(&[], Vec::as_slice)
    }
}

/// Replaying the journal gives exactly the stored purchases.
#[derive(Default)]
pub(crate) struct Bought {
    rows: BTreeMap<ProductKey, Vec<Purchase>>,
    journaled: Purchases,
}

impl Check for Bought {
    fn entitlement(&mut self, entitlement: &Entitlement, _: &mut Findings) {
        let purchases = entitlement.purchases.clone();
        self.rows.insert(entitlement.product, purchases);
    }

    fn checkpoint(&mut self, checkpoint: &JournalCheckpoint, _: &mut Findings) {
        self.journaled.begin(checkpoint);
    }

    fn entry(&mut self, row: &JournalRow, _: &mut Findings) {
        self.journaled.note(&row.entry.effect);
    }

    fn end(&mut self, found: &mut Findings) {
        for (product, purchases) in &self.rows {
            if purchases != self.journaled.of(*product) {
                let key = format_args!("product {}", product.0);
                found.add("purchases", key, "they differ from those in the journal");
            }
        }
        let journaled = self.journaled.0.iter();
        let bought = journaled.filter(|(_, purchases)| !purchases.is_empty());
        for (product, _) in bought.filter(|(product, _)| !self.rows.contains_key(product)) {
            let key = format_args!("product {}", product.0);
            found.add(
                "entitlements",
                key,
                "it is missing, but the journal has purchases of it",
            );
        }
    }
}
