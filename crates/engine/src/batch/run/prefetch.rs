//! Prefetching: while one chunk is written, another connection reads the users of the next chunk,
//! without the customer's lock. The prefetched state is used only if no other writer has changed
//! the customer since it was read.

use seatkeeper_domain::{JournalSequence, RelevantProducts};
use seatkeeper_store::{LoadedChunk, Selected};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinHandle;

use crate::Engine;
use crate::batch::address::BatchAddress;
use crate::batch::address::length;

/// The prefetched users of a chunk, with their state.
pub(super) struct PrefetchedChunk {
    /// Number of users of the batch before this chunk.
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

    /// Starts to read a chunk of `segments` segments at `position`. The task returns `None` if
    /// these users are not stored yet or can't be read; the chunk's transaction then reads them and
    /// reports the error.
    pub(super) fn start(
        engine: &Engine,
        address: BatchAddress,
        position: i64,
        segments: usize,
        relevant: RelevantProducts,
        permit: OwnedSemaphorePermit,
    ) -> JoinHandle<Option<Self>> {
        let engine = engine.clone();
        let (customer, batch) = address;
        tokio::spawn(async move {
            let store = &engine.core.store;
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

    /// The prefetched users, if they begin at `position`, with their state if it is still valid.
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
/// of a batch change different users, so a chunk never invalidates the state prefetched for a later
/// one.
#[derive(Debug, Clone, Copy)]
pub(super) struct PrefetchValidity {
    since: JournalSequence,
    until: JournalSequence,
}

impl PrefetchValidity {
    /// No range is known yet: only state as of the last entry is valid.
    pub(super) fn unknown() -> Self {
        Self {
            since: JournalSequence(i64::MAX),
            until: JournalSequence(i64::MAX),
        }
    }

    /// Records that the batch wrote the entries after `before`, up to `after`.
    pub(super) fn wrote(&mut self, before: JournalSequence, after: JournalSequence) {
        if before != self.until {
            self.since = before;
        }
        self.until = after;
    }

    /// Whether state read as of `read` is still valid when `now` is the last entry.
    fn holds(&self, read: JournalSequence, now: JournalSequence) -> bool {
        read == now || (read >= self.since && now == self.until)
    }
}

#[cfg(test)]
mod tests;
