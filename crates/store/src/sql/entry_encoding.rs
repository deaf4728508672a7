use std::sync::Arc;

use seatkeeper_domain::JournalEntry;
use tokio::task::JoinHandle;

use super::journal;
use crate::{StoreError, StoreResult};

/// Entries with fewer results are encoded in place: a blocking task costs more.
const RESULTS_MIN: usize = 512;

/// A journal entry whose payload is encoded in the background, while the database writes the
/// licenses.
pub(super) enum EntryEncoding {
    Done(JournalEntry, Vec<u8>),
    Running(JoinHandle<(JournalEntry, Vec<u8>)>),
}

impl EntryEncoding {
    pub(super) fn start(entry: JournalEntry) -> Self {
        if results(&entry) < RESULTS_MIN {
            let payload = journal::payload(&entry.effect);
            return Self::Done(entry, payload);
        }
        Self::Running(tokio::task::spawn_blocking(move || {
            let payload = journal::payload(&entry.effect);
            (entry, payload)
        }))
    }

    pub(super) async fn finish(self) -> StoreResult<(JournalEntry, Vec<u8>)> {
        match self {
            Self::Done(entry, payload) => Ok((entry, payload)),
            Self::Running(task) => match task.await {
                Ok(encoded) => Ok(encoded),
                Err(error) => match error.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    Err(cancelled) => Err(StoreError::Unavailable(Arc::new(cancelled))),
                },
            },
        }
    }
}

fn results(entry: &JournalEntry) -> usize {
    let changes = entry.effect.license_changes();
    changes.map_or(0, |changes| changes.members.len())
}
