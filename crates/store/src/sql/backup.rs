//! A copy of an SQLite database while servers read and write it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use sea_orm::{ConnectionTrait, DatabaseConnection};

use super::error::classify;
use super::file_lock::{FileLock, unavailable};
use super::open::{connect_sqlite_to_read, database_file};
use super::options::SqliteOptions;
use super::query::Query;
use crate::{StoreError, StoreResult};

/// A copy that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
}

impl Backup {
    /// Copies the SQLite database at `from` to `to`, as it is at one moment, whoever writes it
    /// meanwhile. Both are data directories or files, as in [`crate::SqlStore::open_sqlite`]; a
    /// schema of any version is copied as it is. When this returns, the copy is on the disk, and
    /// until then there is nothing under its name.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when there is a database at `to`, [`StoreError::InUse`] when another
    /// copy is being made there, [`StoreError::Unavailable`] when there is no database at `from`.
    pub async fn of_sqlite(from: &Path, to: &Path) -> StoreResult<Self> {
        let path = database_file(to)?;
        refuse_existing(&path)?;
        let unfinished = beside(&path, ".partial");
        let lock = FileLock::take(&unfinished, &path)?;
        let file = lock.file();
        // An earlier copy may have been cut off.
        file.set_len(0).map_err(unavailable)?;
        let source = connect_sqlite_to_read(from, SqliteOptions::default()).await?;
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

/// Refuses a place where there is a database, or the log of one: the copy would be read together
/// with it.
fn refuse_existing(path: &Path) -> StoreResult<()> {
    let taken = [path.to_owned(), beside(path, "-wal")];
    match taken.into_iter().find(|file| file.exists()) {
        None => Ok(()),
        Some(path) => Err(StoreError::Exists { path }),
    }
}

/// SQLite reads one moment of the database for as long as this takes, and writes every page anew:
/// the copy has no log and no empty pages.
async fn copy(source: &DatabaseConnection, to: &Path) -> StoreResult<()> {
    let name = to.to_str().ok_or_else(|| {
        let what = "SQLite takes no path that is not Unicode";
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

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}
