//! A file that keeps other processes off what it stands for.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use fs4::{FileExt, TryLockError};

use super::files;
use crate::{StoreError, StoreResult};

/// A file that is locked until this is dropped.
#[derive(Debug)]
pub(super) struct FileLock(File);

impl FileLock {
    /// Locks a file, which is made where it is missing. `protected` is what an error names.
    pub(super) fn take(path: &Path, protected: &Path) -> StoreResult<Self> {
        let file = files::open(path).map_err(unavailable)?;
        Self::lock(file, protected)
    }

    /// Locks a file. `protected` is what an error names.
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

/// A process that is just being started shares the file until it becomes another program, and would
/// hold the lock for that long if closing the file alone released it.
impl Drop for FileLock {
    fn drop(&mut self) {
        // What can't be unlocked is unlocked when the last process closes it.
        let _closed_later = FileExt::unlock(&self.0);
    }
}

pub(super) fn unavailable(error: io::Error) -> StoreError {
    StoreError::Unavailable(Arc::new(error))
}
