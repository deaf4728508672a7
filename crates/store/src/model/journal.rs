use std::sync::Arc;

use seatkeeper_domain::{Actor, BatchKey, Effect, JournalEntry, JournalSequence, Timestamp};

use crate::customer_tx::next_sequence;

/// A customer's journal. Entries never change, so copies of the journal share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Journal(Vec<Arc<JournalEntry>>);

impl Journal {
    /// The place of the last entry; zero before the first.
    pub(super) fn last(&self) -> JournalSequence {
        self.0
            .last()
            .map_or(JournalSequence(0), |entry| entry.sequence)
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
        self.0.push(Arc::new(entry.clone()));
        entry
    }

    pub(super) fn get(&self, sequence: JournalSequence) -> Option<&JournalEntry> {
        let mut entries = self.0.iter().map(Arc::as_ref);
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

    fn select(&self, limit: usize, keep: impl Fn(&JournalEntry) -> bool) -> Vec<JournalEntry> {
        let entries = self.0.iter().map(Arc::as_ref);
        entries
            .filter(|entry| keep(entry))
            .take(limit)
            .cloned()
            .collect()
    }
}
