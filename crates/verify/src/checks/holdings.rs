use std::collections::HashMap;

use seatkeeper_domain::{
    Effect, JournalSequence, LicenseChanges, MemberResult, Outcome, PlanSet, ProductDecision,
    ProductKey, Timestamp, UserKey,
};
use seatkeeper_store::{CheckpointLicense, JournalRow, LicenseRow};

use crate::{Check, Findings};

/// Replaying the journal from its checkpoint, or from empty, gives exactly the licenses held, with their disabled plans,
/// and what each decision says was held before it was held.
#[derive(Default)]
pub(crate) struct Replayed {
    held: HashMap<(UserKey, ProductKey), Held>,
    plans: Interned,
}

/// A license as the journal has it.
struct Held {
    plans: u32,
    assign_time: Timestamp,
    changed_by: JournalSequence,
}

/// Sets of disabled plans, kept once each: there are few.
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
            found.add("licenses", &key, "there is no such user");
        }
        let Some(held) = self.held.remove(&(user, product)) else {
            found.add("licenses", key, "by the journal it is not held");
            return;
        };
        if license.held.disabled_plans != *self.plans.get(held.plans) {
            found.add("licenses", &key, "its disabled plans are not the journal's");
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
            let what = "by the journal it is held, and there is no such row";
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

    /// Does what was decided for one product of one user.
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
                Err("nobody holds it")
            } else {
                Ok(())
            };
        };
        let license = (user, decision.product);
        let held = self.held.get(&license);
        let as_journaled = match (&decision.before, held) {
            (None, None) => true,
            (Some(expected), Some(held)) => expected == self.plans.get(held.plans),
            // What failed was not always looked at.
            (None, Some(_)) => decision.outcome == Outcome::Failed,
            (Some(_), None) => false,
        };
        if !as_journaled {
            return Err("what it says was held before was not");
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
                return Err("it can't be done to what was held");
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
