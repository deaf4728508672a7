use std::collections::BTreeMap;

use seatkeeper_domain::{Effect, Entitlement, LicenseChanges, Outcome, ProductKey, Timestamp};
use seatkeeper_store::{CheckpointLicense, JournalCheckpoint, JournalRow, LicenseRow};

use super::purchases::Purchases;
use crate::{Check, Findings};

/// A seat was assigned only when one was available, and the assigned seats are the licenses held.
///
/// Later, more seats may be held than are available, because purchases lapse or are reduced; then
/// no other seat may be assigned.
#[derive(Default)]
pub(crate) struct NeverOversold {
    purchases: Purchases,
    /// Seats held, according to the journal so far.
    held: BTreeMap<ProductKey, i64>,
    /// Seats assigned, according to the entitlements.
    assigned: BTreeMap<ProductKey, i64>,
    licenses: BTreeMap<ProductKey, i64>,
}

impl Check for NeverOversold {
    fn entitlement(&mut self, entitlement: &Entitlement, _: &mut Findings) {
        self.assigned
            .insert(entitlement.product, entitlement.assigned);
    }

    fn checkpoint(&mut self, checkpoint: &JournalCheckpoint, _: &mut Findings) {
        self.purchases.begin(checkpoint);
    }

    fn checkpoint_license(&mut self, license: &CheckpointLicense, _: &mut Findings) {
        *self.held.entry(license.held.product).or_default() += 1;
    }

    fn entry(&mut self, row: &JournalRow, found: &mut Findings) {
        self.purchases.note(&row.entry.effect);
        if let Effect::LicensesChanged(changes) = &row.entry.effect {
            self.replay(changes, row, found);
        }
    }

    fn license(&mut self, license: &LicenseRow, _: &mut Findings) {
        *self.licenses.entry(license.held.product).or_default() += 1;
    }

    fn end(&mut self, found: &mut Findings) {
        for (&product, &assigned) in &self.assigned {
            let held = self.licenses.remove(&product).unwrap_or_default();
            let key = format_args!("product {}", product.0);
            found.expect_equal("entitlements", key, "assigned", assigned, held);
        }
        for (product, held) in &self.licenses {
            let key = format_args!("product {}", product.0);
            let what = format_args!("it is missing, but {held} licenses of it are held");
            found.add("entitlements", key, what);
        }
    }
}

impl NeverOversold {
    fn replay(&mut self, changes: &LicenseChanges, row: &JournalRow, found: &mut Findings) {
        let mut usable = BTreeMap::<ProductKey, i64>::new();
        for result in changes.results() {
            for decision in &result.decision.products {
                let product = decision.product;
                let held = self.held.entry(product).or_default();
                match decision.outcome {
                    Outcome::Assigned => *held += 1,
                    Outcome::Revoked => *held -= 1,
                    Outcome::Updated
                    | Outcome::Unchanged
                    | Outcome::Failed
                    | Outcome::Waitlisted => {}
                }
                if decision.outcome != Outcome::Assigned {
                    continue;
                }
                let usable = *usable
                    .entry(product)
                    .or_insert_with(|| usable_at(&self.purchases, product, row.entry.time));
                if *held > usable {
                    let (number, user) = (result.sequence_number, &result.member.user_id);
                    let what = format!(
                        "result {number} gives {user} seat {held} of product {}, which had \
                         {usable}",
                        product.0
                    );
                    found.add("journal", row.entry.sequence.0, what);
                }
            }
        }
    }
}

/// The number of seats of a product that could be held at a point in time.
fn usable_at(purchases: &Purchases, product: ProductKey, now: Timestamp) -> i64 {
    let entitlement = Entitlement {
        product,
        purchases: purchases.of(product).to_vec(),
        assigned: 0,
        reserved: 0,
        waitlisted: 0,
        revision: 0,
        create_time: now,
        update_time: now,
    };
    let units = entitlement.units_at(now);
    units.active + units.warning
}
