use std::collections::BTreeMap;

use seatkeeper_domain::{
    BatchKey, Customer, Effect, HeldLicense, JournalEntry, JournalSequence, LicenseChanges,
    Outcome, PlanSet, ProductKey, Purchase, Timestamp, UserKey,
};

/// The state that replaces the removed oldest entries of a customer's journal. The licenses held
/// then are stored separately, as [`CheckpointLicense`]s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalCheckpoint {
    /// The last removed entry; zero when none was removed.
    pub sequence: JournalSequence,
    /// The customer; `None` only when no entry was removed.
    pub customer: Option<Customer>,
    /// The purchases with at least one seat, by product.
    pub purchases: BTreeMap<ProductKey, Vec<Purchase>>,
    /// The batches that were accepted and had not ended; true for those with cancellation
    /// requested.
    pub open_batches: BTreeMap<BatchKey, bool>,
}

/// A license that was held when the last of the removed entries was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointLicense {
    /// The user who held it.
    pub user: UserKey,
    /// The product and the disabled plans.
    pub held: HeldLicense,
    /// When it was assigned.
    pub assign_time: Timestamp,
    /// The entry that last changed it.
    pub changed_by: JournalSequence,
}

impl Default for JournalCheckpoint {
    /// The checkpoint of a journal from which no entry was removed.
    fn default() -> Self {
        Self {
            sequence: JournalSequence(0),
            customer: None,
            purchases: BTreeMap::new(),
            open_batches: BTreeMap::new(),
        }
    }
}

impl JournalCheckpoint {
    /// Applies the next entry, except for its license changes.
    pub(crate) fn apply(&mut self, entry: &JournalEntry) {
        self.sequence = entry.sequence;
        match &entry.effect {
            Effect::CustomerChanged(customer) => self.customer = Some(customer.clone()),
            Effect::PurchaseChanged { product, purchase } => self.purchase(*product, purchase),
            Effect::BatchAccepted { batch } => {
                self.open_batches.insert(*batch, false);
            }
            Effect::BatchCancelled { batch } => {
                self.open_batches.insert(*batch, true);
            }
            Effect::BatchEnded { batch, .. } => {
                self.open_batches.remove(batch);
            }
            Effect::LicensesChanged(_)
            | Effect::UsersChanged { .. }
            | Effect::UserDeleted { .. }
            | Effect::WaitlistLeft { .. }
            | Effect::WaitlistPrioritized { .. } => {}
        }
    }

    fn purchase(&mut self, product: ProductKey, changed: &Purchase) {
        let purchases = self.purchases.entry(product).or_default();
        match purchases.iter_mut().find(|known| known.id == changed.id) {
            Some(known) => known.clone_from(changed),
            None => purchases.push(changed.clone()),
        }
        purchases.retain(|purchase| purchase.seats > 0);
        if purchases.is_empty() {
            self.purchases.remove(&product);
        }
    }
}

/// The net effect of entries on each license of a checkpoint.
#[derive(Debug, Default)]
pub(crate) struct LicenseReducer(BTreeMap<(UserKey, ProductKey), NetLicenseChange>);

/// The net effect of entries on one license.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NetLicenseChange {
    /// Held since this time.
    Assigned {
        plans: PlanSet,
        assign_time: Timestamp,
        changed_by: JournalSequence,
    },
    /// Held as before, with these plans disabled.
    Updated {
        plans: PlanSet,
        changed_by: JournalSequence,
    },
    /// No longer held.
    Revoked,
}

impl LicenseReducer {
    /// Applies the decisions of an entry.
    pub(crate) fn apply(&mut self, entry: &JournalEntry, changes: &LicenseChanges) {
        for result in changes.results() {
            let Some(user) = result.member.user else {
                continue;
            };
            for decided in &result.decision.products {
                let plans = decided.after.clone().unwrap_or_default();
                self.decided(entry, (user, decided.product), decided.outcome, plans);
            }
        }
    }

    fn decided(
        &mut self,
        entry: &JournalEntry,
        key: (UserKey, ProductKey),
        outcome: Outcome,
        plans: PlanSet,
    ) {
        let changed_by = entry.sequence;
        let change = match (outcome, self.0.get(&key)) {
            (Outcome::Assigned, _) => NetLicenseChange::Assigned {
                plans,
                assign_time: entry.time,
                changed_by,
            },
            (Outcome::Updated, Some(NetLicenseChange::Assigned { assign_time, .. })) => {
                NetLicenseChange::Assigned {
                    plans,
                    assign_time: *assign_time,
                    changed_by,
                }
            }
            (Outcome::Updated, _) => NetLicenseChange::Updated { plans, changed_by },
            (Outcome::Revoked, _) => NetLicenseChange::Revoked,
            (Outcome::Unchanged | Outcome::Failed | Outcome::Waitlisted, _) => return,
        };
        self.0.insert(key, change);
    }

    /// The net change of each license, ascending by user and product.
    pub(crate) fn into_licenses(
        self,
    ) -> impl Iterator<Item = ((UserKey, ProductKey), NetLicenseChange)> {
        self.0.into_iter()
    }
}

/// The bounds of one compaction step. One entry may exceed `users_max`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompactionStep {
    /// Only entries written at this time or earlier.
    pub until: Timestamp,
    /// The most entries.
    pub entries_max: usize,
    /// The most users in the decisions of these entries.
    pub users_max: usize,
}

impl CompactionStep {
    /// How many of these entries may be compacted, given which batches exist. `entries` are the
    /// oldest of a journal that ends with `last`. Entries of existing batches and the last entry
    /// stay.
    pub(crate) fn count(
        &self,
        entries: &[JournalEntry],
        last: JournalSequence,
        exists: impl Fn(BatchKey) -> bool,
    ) -> usize {
        let mut users = 0;
        let taken = entries.iter().enumerate().take_while(|(index, entry)| {
            let changes = entry.effect.license_changes();
            users += changes.map_or(0, |changes| changes.members.len());
            *index < self.entries_max
                && (*index == 0 || users <= self.users_max)
                && entry.time <= self.until
                && entry.sequence < last
                && !entry.effect.batch().is_some_and(&exists)
        });
        taken.count()
    }
}
