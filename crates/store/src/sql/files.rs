//! Files and directories that only their owner may access: they show who holds which license.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Only the owner may read and write the file.
const FILE_MODE: u32 = 0o600;

/// Only the owner may list, enter and change the directory.
const DIRECTORY_MODE: u32 = 0o700;

/// The permission bits of everyone but the owner.
const OTHERS: u32 = 0o077;

/// The permission bit that allows users outside the owner and the group to create and remove files.
const WRITABLE_BY_ALL: u32 = 0o002;

/// Creates a data directory if missing. The permissions of an existing one are unchanged, because
/// it may serve other purposes too. Every file created in it is accessible to its owner only.
pub(super) fn create_directory(path: &Path) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    match DirBuilder::new().mode(DIRECTORY_MODE).create(path) {
        Ok(()) => return Ok(()),
        Err(_) if path.is_dir() => {}
        Err(error) => return Err(error),
    }
    if fs::metadata(path)?.permissions().mode() & WRITABLE_BY_ALL != 0 {
        tracing::warn!(
            path = %path.display(),
            "every user can write to the data directory and replace the database; restrict it"
        );
    }
    Ok(())
}

/// Opens a file for writing; creates it if missing, and restricts access to its owner.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let file = options
        .write(true)
        .create(true)
        .truncate(false)
        .mode(FILE_MODE)
        .open(path)?;
    close_to_others(path);
    Ok(file)
}

/// Creates a file; fails if anything exists at the path, even a link.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options
        .write(true)
        .create_new(true)
        .mode(FILE_MODE)
        .open(path)
}

/// Restricts access to an existing file to its owner: earlier versions created files that everyone
/// could read.
pub(super) fn close_to_others(path: &Path) {
    let Ok(found) = fs::metadata(path) else {
        return;
    };
    let mode = found.permissions().mode();
    if mode & OTHERS == 0 {
        return;
    }
    let mut permissions = found.permissions();
    permissions.set_mode(mode & !OTHERS);
    match fs::set_permissions(path, permissions) {
        Ok(()) => tracing::warn!(
            path = %path.display(),
            "other users had access to this file; their permissions were removed"
        ),
        Err(error) => tracing::warn!(
            path = %path.display(),
            %error,
            "other users have access to this file, and their permissions can't be removed"
        ),
    }
}
