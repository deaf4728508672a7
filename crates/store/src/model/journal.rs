use std::collections::BTreeMap;
use std::sync::Arc;

use seatkeeper_domain::{
    Actor, BatchKey, Effect, HeldLicense, JournalEntry, JournalSequence, ProductKey, Timestamp,
    UserKey,
};

use crate::base::{Folded, LicenseFold};
use crate::customer_tx::next_sequence;
use crate::{BaseLicense, CompactionStep, JournalBase, JournalSpan};

/// A customer's journal. Entries never change, so copies of the journal share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Journal {
    entries: Vec<Arc<JournalEntry>>,
    /// What stands in place of entries that were removed.
    base: JournalBase,
    base_licenses: BTreeMap<(UserKey, ProductKey), BaseLicense>,
}

impl Journal {
    /// The place of the last entry; zero before the first.
    pub(super) fn last(&self) -> JournalSequence {
        self.entries
            .last()
            .map_or(self.base.sequence, |entry| entry.sequence)
    }

    /// The place of the entry to come.
    pub(super) fn next(&self) -> JournalSequence {
        next_sequence(self.last())
    }

    pub(super) fn append(
        &mut self,
        time: Timestamp,
        actor: &Actor,
        effect: Effect,
    ) -> JournalEntry {
        let entry = JournalEntry {
            sequence: self.next(),
            time,
            actor: actor.clone(),
            effect,
        };
        self.entries.push(Arc::new(entry.clone()));
        entry
    }

    pub(super) fn get(&self, sequence: JournalSequence) -> Option<&JournalEntry> {
        let mut entries = self.entries.iter().map(Arc::as_ref);
        entries.find(|entry| entry.sequence == sequence)
    }

    pub(super) fn after(&self, after: JournalSequence, limit: usize) -> Vec<JournalEntry> {
        self.select(limit, |entry| entry.sequence > after)
    }

    pub(super) fn of_batch(
        &self,
        batch: BatchKey,
        after_result: i64,
        limit: usize,
    ) -> Vec<JournalEntry> {
        self.select(limit, |entry| {
            entry.effect.license_changes().is_some_and(|changes| {
                changes.span.is_some_and(|span| span.batch == batch)
                    && changes.last_result() > after_result
            })
        })
    }

    /// What stands in place of entries that were removed; `None` when none was.
    pub(super) fn base(&self) -> Option<&JournalBase> {
        (self.base.sequence != JournalSequence(0)).then_some(&self.base)
    }

    pub(super) fn base_licenses(&self) -> impl Iterator<Item = &BaseLicense> {
        self.base_licenses.values()
    }

    pub(super) fn span(&self) -> JournalSpan {
        JournalSpan {
            base: self.base.sequence,
            last: self.last(),
        }
    }

    /// The time of the first entry that is left.
    pub(super) fn begin_time(&self) -> Option<Timestamp> {
        self.entries.first().map(|entry| entry.time)
    }

    /// Takes the oldest entries into the base, and tells how many.
    pub(super) fn compact(
        &mut self,
        step: CompactionStep,
        exists: impl Fn(BatchKey) -> bool,
    ) -> usize {
        let oldest = self.after(JournalSequence(0), step.entries_max);
        let count = step.count(&oldest, self.last(), exists);
        let mut licenses = LicenseFold::default();
        for entry in &oldest[..count] {
            self.base.fold(entry);
            if let Some(changes) = entry.effect.license_changes() {
                licenses.fold(entry, changes);
            }
        }
        for (place, folded) in licenses.into_licenses() {
            self.fold_license(place, folded);
        }
        self.entries.drain(..count);
        count
    }

    fn fold_license(&mut self, place: (UserKey, ProductKey), folded: Folded) {
        let (user, product) = place;
        match folded {
            Folded::Assigned {
                plans,
                assign_time,
                changed_by,
            } => {
                let license = BaseLicense {
                    user,
                    held: HeldLicense {
                        product,
                        disabled_plans: plans,
                    },
                    assign_time,
                    changed_by,
                };
                self.base_licenses.insert(place, license);
            }
            Folded::Updated { plans, changed_by } => {
                if let Some(license) = self.base_licenses.get_mut(&place) {
                    license.held.disabled_plans = plans;
                    license.changed_by = changed_by;
                }
            }
            Folded::Revoked => {
                self.base_licenses.remove(&place);
            }
        }
    }

    fn select(&self, limit: usize, keep: impl Fn(&JournalEntry) -> bool) -> Vec<JournalEntry> {
        let entries = self.entries.iter().map(Arc::as_ref);
        entries
            .filter(|entry| keep(entry))
            .take(limit)
            .cloned()
            .collect()
    }
}
