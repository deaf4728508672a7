use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection};

use crate::Storage;

/// The lock that every change of a customer takes, held by a test: calls that change something wait
/// until it is dropped.
#[derive(Debug)]
pub struct HeldLock {
    connection: DatabaseConnection,
}

impl HeldLock {
    /// Takes the lock of every customer there is.
    ///
    /// # Panics
    /// When the database can't be reached.
    pub async fn take(storage: &Storage) -> Self {
        let (url, statements) = match storage {
            Storage::Sqlite(directory) => {
                let file = directory.path().join("seatkeeper.db");
                (format!("sqlite:{}", file.display()), "BEGIN IMMEDIATE")
            }
            Storage::Postgres(database) => (
                database.url().clone(),
                "BEGIN; SELECT 1 FROM customers FOR UPDATE",
            ),
        };
        let mut options = ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false);
        let connection = sea_orm::Database::connect(options).await.unwrap();
        connection.execute_unprepared(statements).await.unwrap();
        Self { connection }
    }

    /// Gives it back.
    ///
    /// # Panics
    /// When the database has gone.
    pub async fn release(self) {
        let ended = self.connection.execute_unprepared("ROLLBACK").await;
        ended.unwrap();
        self.connection.close().await.unwrap();
    }
}
