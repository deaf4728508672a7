use std::future::{Ready, ready};
use std::sync::Arc;

use seatkeeper_store::{ModelStore, PostgresOptions, SqlStore, SqliteOptions, Store};
use seatkeeper_testkit::{PostgresCluster, TestDatabase};
use tempfile::TempDir;

/// A new, empty store, with the values that must live as long. Fields are dropped in order: the
/// store closes before its database is removed.
pub(crate) struct TestStore {
    pub(crate) store: Arc<dyn Store>,
    _directory: Option<TempDir>,
    _database: Option<TestDatabase>,
}

pub(crate) fn model() -> Ready<TestStore> {
    ready(TestStore {
        store: Arc::new(ModelStore::new()),
        _directory: None,
        _database: None,
    })
}

pub(crate) async fn sqlite() -> TestStore {
    let directory = tempfile::tempdir().unwrap();
    TestStore {
        store: Arc::new(open_sqlite(&directory).await),
        _directory: Some(directory),
        _database: None,
    }
}

pub(crate) async fn postgres() -> TestStore {
    let database = empty_postgres().await;
    TestStore {
        store: Arc::new(open_postgres(&database).await),
        _directory: None,
        _database: Some(database),
    }
}

pub(crate) async fn open_sqlite(directory: &TempDir) -> SqlStore {
    SqlStore::open_sqlite(directory.path(), SqliteOptions::default())
        .await
        .unwrap()
}

pub(crate) async fn open_postgres(database: &TestDatabase) -> SqlStore {
    SqlStore::open_postgres(&database.url(), PostgresOptions::default())
        .await
        .unwrap()
}

/// An empty database on the test cluster.
pub(crate) async fn empty_postgres() -> TestDatabase {
    let create = || {
        PostgresCluster::shared()
            .unwrap()
            .create_database()
            .unwrap()
    };
    tokio::task::spawn_blocking(create).await.unwrap()
}

/// Runs each test on every store: one module per store, one test per function.
macro_rules! on_every_store {
    ($($(#[$attribute:meta])* async fn $name:ident($fixture:ident: Fixture) $body:block)*) => {
        $($(#[$attribute])* async fn $name($fixture: $crate::fixture::Fixture) $body)*

        $crate::stores::tests_on! { on_the_model, model, [$($name)*] }
        $crate::stores::tests_on! { on_sqlite, sqlite, [$($name)*] }
        $crate::stores::tests_on! { on_postgres, postgres, [$($name)*] }
    };
}

/// Runs each test on the stores that write several customers concurrently: all but SQLite, which
/// has one writer.
macro_rules! where_customers_write_at_once {
    ($($(#[$attribute:meta])* async fn $name:ident($fixture:ident: Fixture) $body:block)*) => {
        $($(#[$attribute])* async fn $name($fixture: $crate::fixture::Fixture) $body)*

        mod at_once {
            $(use super::$name;)*
            $crate::stores::tests_on! { on_the_model, model, [$($name)*] }
            $crate::stores::tests_on! { on_postgres, postgres, [$($name)*] }
        }
    };
}

macro_rules! tests_on {
    ($module:ident, $store:ident, [$($name:ident)*]) => {
        mod $module {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let store = $crate::stores::$store().await;
                super::$name($crate::fixture::Fixture::new(store).await).await;
            })*
        }
    };
}

pub(crate) use {on_every_store, tests_on, where_customers_write_at_once};
