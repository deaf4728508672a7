//! Reading a chunk before its turn: while one chunk is written, the users of the next are read on
//! another connection, without the customer's lock. What was read counts only if nobody else has
//! changed the customer since.

use std::sync::Arc;

use seatkeeper_domain::{JournalSequence, RelevantProducts};
use seatkeeper_fault::{Bug, planted};
use seatkeeper_store::{LoadedChunk, Selected};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinHandle;

use super::Place;
use super::survey::length;
use crate::engine::Shared;

/// A chunk's users, as they were read ahead.
pub(super) struct ReadAhead {
    /// How many users of the batch come before them.
    position: i64,
    selected: Vec<Selected>,
    loaded: LoadedChunk,
    _permit: OwnedSemaphorePermit,
}

impl ReadAhead {
    /// The position of the chunk after this one.
    pub(super) fn end(&self) -> i64 {
        self.position + length(self.selected.len())
    }

    /// Reads the chunk of so many segments at `position`. `None` when it is not there yet, or can't be read: then
    /// its transaction reads it, and reports what is wrong.
    pub(super) fn start(
        shared: &Arc<Shared>,
        place: Place,
        position: i64,
        segments: usize,
        relevant: RelevantProducts,
        permit: OwnedSemaphorePermit,
    ) -> JoinHandle<Option<Self>> {
        let shared = Arc::clone(shared);
        let (customer, batch) = place;
        tokio::spawn(async move {
            let store = &shared.store;
            let read = store.segments(customer, batch, position, segments);
            let selected = read.await.ok().flatten()?;
            let loaded = store
                .load_chunk(customer, &selected, &relevant)
                .await
                .ok()?;
            Some(Self {
                position,
                selected,
                loaded,
                _permit: permit,
            })
        })
    }

    /// The users read, if they are those at `position`, with their state if `quiet` says that it
    /// still holds.
    pub(super) fn take(
        self,
        position: i64,
        quiet: &Quiet,
        now: JournalSequence,
    ) -> Option<(Vec<Selected>, Option<LoadedChunk>)> {
        if self.position != position {
            return None;
        }
        let holds = quiet.holds(self.loaded.as_of, now);
        Some((self.selected, holds.then_some(self.loaded)))
    }
}

/// Since when nobody but one batch has changed a customer. The chunks of a batch change users
/// apart, so they spoil nothing that was read for a later one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quiet {
    since: JournalSequence,
    until: JournalSequence,
}

impl Quiet {
    /// Nothing is known yet.
    pub(super) fn unknown() -> Self {
        Self {
            since: JournalSequence(i64::MAX),
            until: JournalSequence(i64::MAX),
        }
    }

    /// The batch wrote the entries after `before`, up to `after`.
    pub(super) fn wrote(&mut self, before: JournalSequence, after: JournalSequence) {
        if before != self.until {
            self.since = before;
        }
        self.until = after;
    }

    /// Whether what was read as of `read` still holds, `now` being the last entry.
    fn holds(&self, read: JournalSequence, now: JournalSequence) -> bool {
        read == now || planted(Bug::StaleReadAhead) || (read >= self.since && now == self.until)
    }
}

#[cfg(test)]
mod tests;
