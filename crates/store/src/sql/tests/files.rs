//! Stored files are accessible to their owner only.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use super::fixture;
use crate::{Backup, SqlStore, SqliteOptions, StoreError};

const OTHERS: u32 = 0o077;

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode()
}

fn closed(directory: &Path, names: &[&str]) {
    for name in names {
        let path = directory.join(name);
        assert_eq!(mode(&path) & OTHERS, 0, "{}", path.display());
    }
}

const ALL: [&str; 4] = [
    "seatkeeper.db",
    "seatkeeper.db-wal",
    "seatkeeper.db-shm",
    "seatkeeper.db.lock",
];

async fn open(path: &Path) -> SqlStore {
    let store = SqlStore::open_sqlite(path, SqliteOptions::default()).await;
    store.unwrap()
}

#[tokio::test]
async fn a_new_data_directory_and_its_files_are_their_owners() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("data");
    let store = open(&directory).await;
    fixture::customer(&store).await;
    assert_eq!(mode(&directory) & OTHERS, 0);
    closed(&directory, &ALL);
}

#[tokio::test]
async fn files_in_a_directory_for_all_are_their_owners() {
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
    let store = open(directory.path()).await;
    fixture::customer(&store).await;
    closed(directory.path(), &ALL);
    assert_eq!(mode(directory.path()) & 0o777, 0o755, "the mode is kept");
}

#[tokio::test]
async fn files_of_an_earlier_version_are_closed_to_others() {
    let directory = tempfile::tempdir().unwrap();
    open(directory.path()).await.close().await.unwrap();
    for name in ["seatkeeper.db", "seatkeeper.db.lock"] {
        let file = directory.path().join(name);
        fs::set_permissions(file, Permissions::from_mode(0o644)).unwrap();
    }
    let store = open(directory.path()).await;
    fixture::customer(&store).await;
    closed(directory.path(), &ALL);
}

#[tokio::test]
async fn a_backup_and_its_directory_are_their_owners() {
    let (directory, _store) = fixture::sqlite().await;
    let parent = tempfile::tempdir().unwrap();
    let to = parent.path().join("monday");
    let copy = Backup::of_sqlite(directory.path(), &to).await.unwrap();
    assert_eq!(mode(&to) & OTHERS, 0);
    assert_eq!(mode(&copy.path) & OTHERS, 0);
}

#[tokio::test]
async fn a_backup_does_not_follow_a_link() {
    let (directory, _store) = fixture::sqlite().await;
    let to = tempfile::tempdir().unwrap();
    let victim = to.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    let link = to.path().join("seatkeeper.db.partial");
    symlink(&victim, &link).unwrap();
    let refused = Backup::of_sqlite(directory.path(), to.path()).await;
    let StoreError::Exists { path } = refused.unwrap_err() else {
        panic!("the existing link must be an error");
    };
    assert_eq!(path, link);
    assert_eq!(fs::read_to_string(victim).unwrap(), "precious");
}
