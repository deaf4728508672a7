//! A lock file that keeps other processes away from the file it protects.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use fs4::{FileExt, TryLockError};

use super::files;
use crate::{StoreError, StoreResult};

/// A file that is locked until this value is dropped.
#[derive(Debug)]
pub(super) struct FileLock(File);

impl FileLock {
    /// Locks a file; creates it if missing. Errors name `protected`.
    pub(super) fn take(path: &Path, protected: &Path) -> StoreResult<Self> {
        let file = files::open(path).map_err(unavailable)?;
        Self::lock(file, protected)
    }

    /// Locks a file. Errors name `protected`.
    pub(super) fn lock(file: File, protected: &Path) -> StoreResult<Self> {
        match FileExt::try_lock(&file) {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse {
                path: protected.to_owned(),
            }),
            Err(TryLockError::Error(error)) => Err(unavailable(error)),
        }
    }

    pub(super) fn file(&self) -> &File {
        &self.0
    }
}

/// Unlocks explicitly, because closing is not enough: a process that is being spawned shares the
/// open file until it executes another program, and holds the lock until then.
impl Drop for FileLock {
    fn drop(&mut self) {
        // On failure, the lock is released when the last process closes the file.
        let _closed_later = FileExt::unlock(&self.0);
    }
}

pub(super) fn unavailable(error: io::Error) -> StoreError {
    StoreError::Unavailable(Arc::new(error))
}
