use sea_orm::ConnectionTrait;

use super::fixture;
use crate::migration;
use crate::{PostgresOptions, SqlStore, SqliteOptions, StoreError};

const NEWER: &str = "INSERT INTO _sqlx_migrations \
     (version, description, success, checksum, execution_time) VALUES (9999, 'future', TRUE, '', 0)";

#[tokio::test]
async fn one_store_at_a_time_opens_a_file() {
    let (directory, first) = fixture::sqlite().await;
    let second = SqlStore::open_sqlite(directory.path(), SqliteOptions::default()).await;
    let StoreError::InUse { path } = second.unwrap_err() else {
        panic!("the second store must fail with InUse");
    };
    assert!(path.starts_with(directory.path()));
    first.close().await.unwrap();
    let third = SqlStore::open_sqlite(directory.path(), SqliteOptions::default()).await;
    third.unwrap();
}

#[tokio::test]
async fn a_newer_sqlite_schema_is_refused() {
    let (directory, store) = fixture::sqlite().await;
    store.pools.writer.execute_unprepared(NEWER).await.unwrap();
    store.close().await.unwrap();
    let error = SqlStore::open_sqlite(directory.path(), SqliteOptions::default()).await;
    refused(&error.unwrap_err());
}

#[tokio::test]
async fn a_newer_postgres_schema_is_refused() {
    let (database, store) = fixture::postgres().await;
    store.pools.writer.execute_unprepared(NEWER).await.unwrap();
    let error = SqlStore::open_postgres(&database.url(), PostgresOptions::default()).await;
    refused(&error.unwrap_err());
}

const UNRELEASED: &str =
    "CREATE TABLE seaql_migrations (version TEXT PRIMARY KEY, applied_at BIGINT NOT NULL)";

#[tokio::test]
async fn an_sqlite_schema_from_before_the_first_release_is_refused() {
    let (directory, store) = fixture::sqlite().await;
    let writer = &store.pools.writer;
    writer.execute_unprepared(UNRELEASED).await.unwrap();
    store.close().await.unwrap();
    let error = SqlStore::open_sqlite(directory.path(), SqliteOptions::default()).await;
    assert!(matches!(error, Err(StoreError::SchemaUnreleased)));
}

#[tokio::test]
async fn a_postgres_schema_from_before_the_first_release_is_refused() {
    let (database, store) = fixture::postgres().await;
    let writer = &store.pools.writer;
    writer.execute_unprepared(UNRELEASED).await.unwrap();
    store.close().await.unwrap();
    let error = SqlStore::open_postgres(&database.url(), PostgresOptions::default()).await;
    assert!(matches!(error, Err(StoreError::SchemaUnreleased)));
}

fn refused(error: &StoreError) {
    let StoreError::SchemaTooNew { found, known } = error else {
        panic!("{error:?}");
    };
    assert_eq!((*found, *known), (9999, migration::newest()));
}

#[tokio::test]
async fn servers_that_start_together_migrate_once() {
    let database = fixture::database();
    let url = database.url();
    let opened = (0..4).map(|_| SqlStore::open_postgres(&url, PostgresOptions::default()));
    for store in futures::future::join_all(opened).await {
        store.unwrap();
    }
    let applied = database.query("SELECT count(*) FROM _sqlx_migrations");
    assert_eq!(applied.unwrap(), migration::known().count().to_string());
}

#[tokio::test]
async fn a_file_that_is_no_database_is_corrupt() {
    let directory = tempfile::TempDir::new().unwrap();
    let file = directory.path().join("broken.db");
    std::fs::write(&file, "no database, whatever its name says".repeat(100)).unwrap();
    let error = SqlStore::open_sqlite(&file, SqliteOptions::default()).await;
    let error = error.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
}

#[tokio::test]
async fn an_unreachable_server_is_unavailable() {
    let options = PostgresOptions {
        acquire_timeout: std::time::Duration::from_secs(1),
        ..PostgresOptions::default()
    };
    let error = SqlStore::open_postgres("postgres://127.0.0.1:1/nowhere", options).await;
    let error = error.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
}

#[tokio::test]
async fn sqlite_is_opened_for_durability() {
    use super::super::query::{Query, scalar};

    let (_directory, store) = fixture::sqlite().await;
    let db = &store.pools.writer;
    let pragma = |name: &str| Query::new(db).statement(format!("PRAGMA {name}"));
    let journal: String = scalar(db, pragma("journal_mode")).await.unwrap();
    let synchronous: i64 = scalar(db, pragma("synchronous")).await.unwrap();
    let foreign_keys: i64 = scalar(db, pragma("foreign_keys")).await.unwrap();
    // In SQLite, `synchronous` 2 is FULL.
    assert_eq!((journal.as_str(), synchronous, foreign_keys), ("wal", 2, 1));
}
