//! Files and directories that only their owner may read: they hold who has which license.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Its owner may read and write a file.
const FILE_MODE: u32 = 0o600;

/// Its owner may do everything in a directory.
const DIRECTORY_MODE: u32 = 0o700;

/// The bits of everyone but the owner.
const OTHERS: u32 = 0o077;

/// Others than the owner and the group may make and remove files.
const WRITABLE_BY_ALL: u32 = 0o002;

/// Makes a data directory where there is none. One that exists stays as it is, as it may be for
/// other things as well; what is made in it is closed to others in any case.
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
            "everyone may write into the data directory, and so replace the database"
        );
    }
    Ok(())
}

/// Opens a file to write, made where it is missing, and closes it to others.
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

/// Makes a file where there is nothing, not even a link.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options
        .write(true)
        .create_new(true)
        .mode(FILE_MODE)
        .open(path)
}

/// Takes a file, where there is one, from all but its owner: earlier versions made files that all
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
            "others than the owner could use this file; it was closed to them"
        ),
        Err(error) => tracing::warn!(
            path = %path.display(),
            %error,
            "others than the owner may use this file, and it can't be closed to them"
        ),
    }
}
