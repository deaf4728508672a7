use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection};

use crate::Storage;

/// The lock that every change of a customer takes, held by a test. Calls that change something wait
/// until the test releases it.
#[derive(Debug)]
pub struct HeldLock {
    connection: DatabaseConnection,
}

impl HeldLock {
    /// Acquires the locks of all customers in the storage.
    ///
    /// # Panics
    /// When the database is unreachable.
    pub async fn take(storage: &Storage) -> Self {
        Self::take_where(storage, "TRUE").await
    }

    /// Acquires the locks of some customers. `SQLite` has a single lock for all customers.
    ///
    /// # Panics
    /// When the database is unreachable.
    pub async fn take_of(storage: &Storage, customer_ids: &[String]) -> Self {
        let quoted = customer_ids.iter().map(|id| format!("'{id}'"));
        let list = quoted.collect::<Vec<_>>().join(",");
        Self::take_where(storage, &format!("customer_id IN ({list})")).await
    }

    async fn take_where(storage: &Storage, which: &str) -> Self {
        let (url, statements) = match storage {
            Storage::Sqlite(directory) => {
                let file = directory.path().join("seatkeeper.db");
                (
                    format!("sqlite:{}", file.display()),
                    "BEGIN IMMEDIATE".to_owned(),
                )
            }
            Storage::Postgres(database) => (
                database.url().clone(),
                format!("BEGIN; SELECT 1 FROM customers WHERE {which} FOR UPDATE"),
            ),
        };
        let mut options = ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false);
        let connection = sea_orm::Database::connect(options).await.unwrap();
        connection.execute_unprepared(&statements).await.unwrap();
        Self { connection }
    }

    /// Releases the lock.
    ///
    /// # Panics
    /// When the connection to the database is lost.
    pub async fn release(self) {
        let ended = self.connection.execute_unprepared("ROLLBACK").await;
        ended.unwrap();
        self.connection.close().await.unwrap();
    }
}
