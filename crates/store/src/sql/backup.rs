//! Copies of an SQLite database that servers may be reading and writing.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use sea_orm::{ConnectionTrait, DatabaseConnection};

use super::error::classify;
use super::file_lock::{FileLock, unavailable};
use super::files;
use super::open::{beside, connect_sqlite_to_read, database_file};
use super::options::SqliteOptions;
use super::query::Query;
use crate::{StoreError, StoreResult};

/// A finished backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// The file of the copy.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
}

impl Backup {
    /// Copies the SQLite database at `from` to `to`, as of one moment, also while other processes
    /// write to it. Both paths are data directories or files, as in
    /// [`crate::SqlStore::open_sqlite`]. A schema of any version is copied unchanged. The copy gets
    /// its name only when it is complete; when this returns, it is synced to disk.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when there is a database at `to`, [`StoreError::InUse`] when another
    /// backup is writing there, [`StoreError::Unavailable`] when there is no database at `from`. A
    /// link in place of the unfinished copy (`….db.partial`) is [`StoreError::Exists`].
    pub async fn of_sqlite(from: &Path, to: &Path) -> StoreResult<Self> {
        let path = database_file(to)?;
        refuse_existing(&path)?;
        let unfinished = beside(&path, ".partial");
        remove_leftover(&unfinished, &path)?;
        let file = files::create(&unfinished).map_err(|error| taken(error, &path))?;
        let lock = FileLock::lock(file, &path)?;
        let file = lock.file();
        let source = connect_sqlite_to_read(from, &SqliteOptions::default()).await?;
        copy(&source, &unfinished).await?;
        source.close().await.map_err(classify)?;
        file.sync_all().map_err(unavailable)?;
        let bytes = file.metadata().map_err(unavailable)?.len();
        refuse_existing(&path)?;
        fs::rename(&unfinished, &path).map_err(unavailable)?;
        sync_directory(&path).map_err(unavailable)?;
        Ok(Self { path, bytes })
    }
}

/// Rejects a path where a database or the log of one exists: SQLite would read the log together
/// with the copy.
fn refuse_existing(path: &Path) -> StoreResult<()> {
    let taken = [path.to_owned(), beside(path, "-wal")];
    match taken.into_iter().find(|file| file.exists()) {
        None => Ok(()),
        Some(path) => Err(StoreError::Exists { path }),
    }
}

/// Removes the unfinished copy of an interrupted backup. Its name can be guessed, and a link could
/// lead to any file. So an existing file is never written to, and a file that is no unfinished copy
/// stays.
fn remove_leftover(unfinished: &Path, path: &Path) -> StoreResult<()> {
    let found = match fs::symlink_metadata(unfinished) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unavailable(error)),
    };
    let foreign = || StoreError::Exists {
        path: unfinished.to_owned(),
    };
    if !found.is_file() {
        return Err(foreign());
    }
    let opened = OpenOptions::new().write(true).open(unfinished);
    let opened = opened.map_err(unavailable)?;
    let metadata = opened.metadata().map_err(unavailable)?;
    if (metadata.dev(), metadata.ino()) != (found.dev(), found.ino()) {
        return Err(foreign());
    }
    let _no_copy_under_way = FileLock::lock(opened, path)?;
    fs::remove_file(unfinished).map_err(unavailable)
}

/// Another backup may have just begun.
fn taken(error: io::Error, path: &Path) -> StoreError {
    if error.kind() == io::ErrorKind::AlreadyExists {
        return StoreError::InUse {
            path: path.to_owned(),
        };
    }
    unavailable(error)
}

/// SQLite reads one moment of the database during the whole copy. It writes every page again, so
/// the copy has no log and no empty pages.
async fn copy(source: &DatabaseConnection, to: &Path) -> StoreResult<()> {
    let name = to.to_str().ok_or_else(|| {
        let what = "SQLite accepts only Unicode paths";
        unavailable(io::Error::new(io::ErrorKind::InvalidInput, what))
    })?;
    let mut query = Query::new(source);
    let sql = format!("VACUUM INTO {}", query.bind(name));
    let statement = query.statement(sql);
    source.execute_raw(statement).await.map_err(classify)?;
    Ok(())
}

fn sync_directory(file: &Path) -> io::Result<()> {
    let directory = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(directory)?.sync_all()
}
