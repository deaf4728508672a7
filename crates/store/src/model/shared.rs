use std::sync::{Arc, Mutex, PoisonError};

use super::database::Database;

/// The committed state. The lock is held for one read or one commit, never across an await.
#[derive(Debug, Clone, Default)]
pub(super) struct Shared(Arc<Mutex<Database>>);

impl Shared {
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Database) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
