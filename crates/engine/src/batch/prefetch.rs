//! Prefetching a chunk: while one chunk is written, the users of the next are read on
//! another connection, without the customer's lock. What was read counts only if nobody else has
//! changed the customer since.

use std::sync::Arc;

use seatkeeper_domain::{JournalSequence, RelevantProducts};
use seatkeeper_failpoints::{Mutant, mutant_enabled};
use seatkeeper_store::{LoadedChunk, Selected};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinHandle;

use super::BatchAddress;
use super::seat_demand::length;
use crate::engine::Core;

/// A chunk's users, as they were prefetched.
pub(super) struct PrefetchedChunk {
    /// How many users of the batch come before them.
    position: i64,
    selected: Vec<Selected>,
    loaded: LoadedChunk,
    _permit: OwnedSemaphorePermit,
}

impl PrefetchedChunk {
    /// The position of the chunk after this one.
    pub(super) fn end(&self) -> i64 {
        self.position + length(self.selected.len())
    }

    /// Reads the chunk of so many segments at `position`. `None` when it is not there yet, or can't be read: then
    /// its transaction reads it, and reports what is wrong.
    pub(super) fn start(
        core: &Arc<Core>,
        address: BatchAddress,
        position: i64,
        segments: usize,
        relevant: RelevantProducts,
        permit: OwnedSemaphorePermit,
    ) -> JoinHandle<Option<Self>> {
        let core = Arc::clone(core);
        let (customer, batch) = address;
        tokio::spawn(async move {
            let store = &core.store;
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

    /// The users read, if they are those at `position`, with their state if `validity` says that it
    /// still holds.
    pub(super) fn take(
        self,
        position: i64,
        validity: &PrefetchValidity,
        now: JournalSequence,
    ) -> Option<(Vec<Selected>, Option<LoadedChunk>)> {
        if self.position != position {
            return None;
        }
        let holds = validity.holds(self.loaded.as_of, now);
        Some((self.selected, holds.then_some(self.loaded)))
    }
}

/// Journal range written by one batch alone; state prefetched within it is still valid. The chunks
/// of a batch change different users, so that they invalidate nothing prefetched for a later one.
#[derive(Debug, Clone, Copy)]
pub(super) struct PrefetchValidity {
    since: JournalSequence,
    until: JournalSequence,
}

impl PrefetchValidity {
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
        read == now
            || mutant_enabled(Mutant::StalePrefetch)
            || (read >= self.since && now == self.until)
    }
}

#[cfg(test)]
mod tests;
