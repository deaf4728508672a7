use std::collections::BTreeMap;
use std::sync::Arc;

use seatkeeper_domain::{
    BatchKey, Effect, HeldLicense, JournalEntry, JournalSequence, Principal, ProductKey, Timestamp,
    UserKey,
};

use crate::checkpoint::{LicenseReducer, NetLicenseChange};
use crate::customer_tx::next_sequence;
use crate::{CheckpointLicense, CompactionStep, JournalCheckpoint, JournalSpan};

/// A customer's journal. Entries never change, so copies of the journal share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Journal {
    entries: Vec<Arc<JournalEntry>>,
    /// The state that replaces removed entries.
    checkpoint: JournalCheckpoint,
    checkpoint_licenses: BTreeMap<(UserKey, ProductKey), CheckpointLicense>,
}

impl Journal {
    /// The sequence number of the last entry; zero before the first.
    pub(super) fn last(&self) -> JournalSequence {
        self.entries
            .last()
            .map_or(self.checkpoint.sequence, |entry| entry.sequence)
    }

    /// The sequence number of the next entry.
    pub(super) fn next(&self) -> JournalSequence {
        next_sequence(self.last())
    }

    pub(super) fn append(
        &mut self,
        time: Timestamp,
        principal: &Principal,
        effect: Effect,
    ) -> JournalEntry {
        let entry = JournalEntry {
            sequence: self.next(),
            time,
            principal: principal.clone(),
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

    /// The checkpoint that replaces removed entries; `None` when none was removed.
    pub(super) fn checkpoint(&self) -> Option<&JournalCheckpoint> {
        (self.checkpoint.sequence != JournalSequence(0)).then_some(&self.checkpoint)
    }

    pub(super) fn checkpoint_licenses(&self) -> impl Iterator<Item = &CheckpointLicense> {
        self.checkpoint_licenses.values()
    }

    pub(super) fn span(&self) -> JournalSpan {
        JournalSpan {
            checkpoint: self.checkpoint.sequence,
            last: self.last(),
        }
    }

    /// The time of the first stored entry.
    pub(super) fn begin_time(&self) -> Option<Timestamp> {
        self.entries.first().map(|entry| entry.time)
    }

    /// Moves the oldest entries into the checkpoint; returns how many.
    pub(super) fn compact(
        &mut self,
        step: CompactionStep,
        exists: impl Fn(BatchKey) -> bool,
    ) -> usize {
        let oldest = self.after(JournalSequence(0), step.entries_max);
        let count = step.count(&oldest, self.last(), exists);
        let mut licenses = LicenseReducer::default();
        for entry in &oldest[..count] {
            self.checkpoint.apply(entry);
            if let Some(changes) = entry.effect.license_changes() {
                licenses.apply(entry, changes);
            }
        }
        for (key, change) in licenses.into_licenses() {
            self.apply_license_change(key, change);
        }
        self.entries.drain(..count);
        count
    }

    fn apply_license_change(&mut self, key: (UserKey, ProductKey), change: NetLicenseChange) {
        let (user, product) = key;
        match change {
            NetLicenseChange::Assigned {
                plans,
                assign_time,
                changed_by,
            } => {
                let license = CheckpointLicense {
                    user,
                    held: HeldLicense {
                        product,
                        disabled_plans: plans,
                    },
                    assign_time,
                    changed_by,
                };
                self.checkpoint_licenses.insert(key, license);
            }
            NetLicenseChange::Updated { plans, changed_by } => {
                if let Some(license) = self.checkpoint_licenses.get_mut(&key) {
                    license.held.disabled_plans = plans;
                    license.changed_by = changed_by;
                }
            }
            NetLicenseChange::Revoked => {
                self.checkpoint_licenses.remove(&key);
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
