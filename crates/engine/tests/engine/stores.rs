use std::sync::Arc;

use seatkeeper_store::{ModelStore, PostgresOptions, SqlStore, SqliteOptions, Store};
use seatkeeper_testkit::{PostgresCluster, TestDatabase};

/// A fresh, empty store, with the resources that must live as long as it does.
pub(crate) struct TestStore {
    pub(crate) store: Arc<dyn Store>,
    /// The same store, if it is backed by a database.
    pub(crate) sql: Option<Arc<SqlStore>>,
    _directory: Option<tempfile::TempDir>,
    _database: Option<TestDatabase>,
}

pub(crate) fn model() -> TestStore {
    TestStore {
        store: Arc::new(ModelStore::new()),
        sql: None,
        _directory: None,
        _database: None,
    }
}

pub(crate) async fn sqlite() -> TestStore {
    let directory = tempfile::tempdir().unwrap();
    let store = SqlStore::open_sqlite(directory.path(), SqliteOptions::default())
        .await
        .unwrap();
    let store = Arc::new(store);
    TestStore {
        sql: Some(Arc::clone(&store)),
        store,
        _directory: Some(directory),
        _database: None,
    }
}

pub(crate) async fn postgres() -> TestStore {
    let database = tokio::task::spawn_blocking(|| {
        PostgresCluster::shared()
            .unwrap()
            .create_database()
            .unwrap()
    });
    let database = database.await.unwrap();
    let store = SqlStore::open_postgres(&database.url(), PostgresOptions::default())
        .await
        .unwrap();
    let store = Arc::new(store);
    TestStore {
        sql: Some(Arc::clone(&store)),
        store,
        _directory: None,
        _database: Some(database),
    }
}

/// Runs each test on every store: a module for each store, a test for each function.
macro_rules! on_every_store {
    ($($(#[$attribute:meta])* async fn $name:ident($fixture:ident: Fixture) $body:block)*) => {
        $($(#[$attribute])* async fn $name($fixture: $crate::fixture::Fixture) $body)*

        mod on_the_model {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let store = $crate::stores::model();
                super::$name($crate::fixture::Fixture::new(store).await).await;
            })*
        }

        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let store = $crate::stores::sqlite().await;
                super::$name($crate::fixture::Fixture::new(store).await).await;
            })*
        }

        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let store = $crate::stores::postgres().await;
                super::$name($crate::fixture::Fixture::new(store).await).await;
            })*
        }
    };
}

pub(crate) use on_every_store;
