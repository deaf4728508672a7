use std::collections::HashMap;

use seatkeeper_domain::{
    Effect, JournalSequence, LicenseChanges, MemberResult, Outcome, PlanSet, ProductDecision,
    ProductKey, Timestamp, UserKey,
};
use seatkeeper_store::{CheckpointLicense, JournalRow, LicenseRow};

use crate::{Check, Findings};

/// Replaying the journal from its checkpoint, or from empty, gives exactly the licenses held, with
/// their disabled plans. The license before each decision is the one that the decision says.
#[derive(Default)]
pub(crate) struct Replayed {
    held: HashMap<(UserKey, ProductKey), Held>,
    plans: Interned,
}

/// A license according to the journal.
struct Held {
    plans: u32,
    assign_time: Timestamp,
    changed_by: JournalSequence,
}

/// Sets of disabled plans, each stored once: there are few different ones.
#[derive(Default)]
struct Interned {
    sets: Vec<PlanSet>,
    indices: HashMap<PlanSet, u32>,
}

impl Interned {
    fn index_of(&mut self, set: &PlanSet) -> u32 {
        if let Some(&index) = self.indices.get(set) {
            return index;
        }
        let index = u32::try_from(self.sets.len()).expect("sets fit memory");
        self.sets.push(set.clone());
        self.indices.insert(set.clone(), index);
        index
    }

    fn get(&self, index: u32) -> &PlanSet {
        &self.sets[index as usize]
    }
}

impl Check for Replayed {
    fn checkpoint_license(&mut self, license: &CheckpointLicense, _: &mut Findings) {
        let held = Held {
            plans: self.plans.index_of(&license.held.disabled_plans),
            assign_time: license.assign_time,
            changed_by: license.changed_by,
        };
        self.held.insert((license.user, license.held.product), held);
    }

    fn entry(&mut self, row: &JournalRow, found: &mut Findings) {
        if let Effect::LicensesChanged(changes) = &row.entry.effect {
            self.replay(changes, row, found);
        }
    }

    fn license(&mut self, license: &LicenseRow, found: &mut Findings) {
        let (user, product) = (license.user, license.held.product);
        let key = key(user, product);
        if license.user_id.is_none() {
            found.add("licenses", &key, "its user does not exist");
        }
        let Some(held) = self.held.remove(&(user, product)) else {
            found.add("licenses", key, "the journal says that it is not held");
            return;
        };
        if license.held.disabled_plans != *self.plans.get(held.plans) {
            found.add(
                "licenses",
                &key,
                "its disabled plans differ from those in the journal",
            );
        }
        let (kept, expected) = (license.changed_by.0, held.changed_by.0);
        found.expect_equal("licenses", &key, "changed_by", kept, expected);
        let (kept, expected) = (
            license.assign_time.as_micros(),
            held.assign_time.as_micros(),
        );
        found.expect_equal("licenses", &key, "assign_time", kept, expected);
    }

    fn end(&mut self, found: &mut Findings) {
        let mut missing: Vec<_> = self.held.keys().copied().collect();
        missing.sort_unstable();
        for (user, product) in missing {
            let what = "the journal says that it is held, but the row is missing";
            found.add("licenses", key(user, product), what);
        }
    }
}

impl Replayed {
    fn replay(&mut self, changes: &LicenseChanges, row: &JournalRow, found: &mut Findings) {
        for result in changes.results() {
            for product in &result.decision.products {
                if let Err(what) = self.apply(&result, product, row) {
                    let key = row.entry.sequence.0;
                    let (number, user) = (result.sequence_number, &result.member.user_id);
                    let product = product.product.0;
                    let what = format_args!("result {number}, {user}, product {product}: {what}");
                    found.add("journal", key, what);
                }
            }
        }
    }

    /// Applies the decision for one product of one user.
    fn apply(
        &mut self,
        result: &MemberResult<'_>,
        decision: &ProductDecision,
        row: &JournalRow,
    ) -> Result<(), &'static str> {
        let changes = matches!(
            decision.outcome,
            Outcome::Assigned | Outcome::Updated | Outcome::Revoked
        );
        let Some(user) = result.member.user else {
            return if changes {
                Err("it changes a license of a user who does not exist")
            } else {
                Ok(())
            };
        };
        let license = (user, decision.product);
        let held = self.held.get(&license);
        let as_journaled = match (&decision.before, held) {
            (None, None) => true,
            (Some(expected), Some(held)) => expected == self.plans.get(held.plans),
            // A failed decision does not always read the license first.
            (None, Some(_)) => decision.outcome == Outcome::Failed,
            (Some(_), None) => false,
        };
        if !as_journaled {
            return Err("its license before the decision was not the one held");
        }
        let assign_time = held.map(|held| held.assign_time);
        match (decision.outcome, &decision.after, assign_time) {
            (Outcome::Assigned, Some(plans), None) => self.hold(license, plans, row, None),
            (Outcome::Updated, Some(plans), Some(since)) => {
                self.hold(license, plans, row, Some(since));
            }
            (Outcome::Revoked, _, Some(_)) => {
                self.held.remove(&license);
            }
            (Outcome::Unchanged | Outcome::Failed | Outcome::Waitlisted, ..) => {}
            (Outcome::Assigned | Outcome::Updated | Outcome::Revoked, ..) => {
                return Err("its outcome does not fit the license held before");
            }
        }
        Ok(())
    }

    fn hold(
        &mut self,
        license: (UserKey, ProductKey),
        plans: &PlanSet,
        row: &JournalRow,
        since: Option<Timestamp>,
    ) {
        let held = Held {
            plans: self.plans.index_of(plans),
            assign_time: since.unwrap_or(row.entry.time),
            changed_by: row.entry.sequence,
        };
        self.held.insert(license, held);
    }
}

fn key(user: UserKey, product: ProductKey) -> String {
    format!("user {} product {}", user.0, product.0)
}
