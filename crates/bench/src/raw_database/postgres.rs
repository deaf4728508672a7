use std::pin::pin;
use std::time::{Duration, Instant};

use seatkeeper_testkit::{PostgresCluster, TestDatabase};
use tokio::task::JoinHandle;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, NoTls, Transaction};

use super::rows::{CUSTOMER, Chunk, PRODUCT, TIME_MICROS, chunks, packed_results};
use crate::Error;

/// The method that writes a chunk's licenses.
#[derive(Debug, Clone, Copy)]
pub(super) enum By {
    /// COPY in the binary format.
    Copy,
    /// One statement with an array.
    Unnest,
}

const TABLES: &str = "
    CREATE TABLE licenses (
        customer_key BIGINT NOT NULL,
        user_key BIGINT NOT NULL,
        product_key INTEGER NOT NULL,
        disabled_plans TEXT NOT NULL,
        assign_time BIGINT NOT NULL,
        changed_by BIGINT NOT NULL,
        PRIMARY KEY (customer_key, user_key, product_key)
    );
    CREATE TABLE journal (
        customer_key BIGINT NOT NULL,
        sequence BIGINT NOT NULL,
        time BIGINT NOT NULL,
        payload BYTEA NOT NULL,
        PRIMARY KEY (customer_key, sequence)
    );";

const COPY: &str = "COPY licenses FROM STDIN (FORMAT binary)";
const UNNEST: &str = "INSERT INTO licenses SELECT $1, value, $2, '', $3, $4 FROM UNNEST($5::bigint[]) AS listed(value)";
const JOURNAL: &str = "INSERT INTO journal VALUES ($1, $2, $3, $4)";

/// A connection to a separate database on the cluster that the server uses.
pub(crate) struct RawDatabase {
    client: tokio::sync::Mutex<Client>,
    connection: JoinHandle<()>,
    _database: TestDatabase,
}

impl Drop for RawDatabase {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

impl RawDatabase {
    pub(super) async fn connect(cluster: &PostgresCluster) -> Result<Self, Error> {
        let database = cluster.create_database()?;
        let (client, connection) = tokio_postgres::connect(&database.url(), NoTls).await?;
        let connection = tokio::spawn(async move {
            // The client's pending query returns the connection's error.
            let _ = connection.await;
        });
        Ok(Self {
            client: tokio::sync::Mutex::new(client),
            connection,
            _database: database,
        })
    }

    /// Writes licenses for `users` users into new tables.
    pub(super) async fn write(&self, users: usize, by: By) -> Result<Duration, Error> {
        let mut client = self.client.lock().await;
        client
            .batch_execute("DROP TABLE IF EXISTS licenses, journal")
            .await?;
        client.batch_execute(TABLES).await?;
        let unnest = client.prepare(UNNEST).await?;
        let journal = client.prepare(JOURNAL).await?;
        let start = Instant::now();
        for chunk in chunks(users) {
            let tx = client.transaction().await?;
            match by {
                By::Copy => copy(&tx, &chunk).await?,
                By::Unnest => {
                    let users: Vec<i64> = chunk.users.clone().collect();
                    let values: [&(dyn ToSql + Sync); 5] =
                        [&CUSTOMER, &PRODUCT, &TIME_MICROS, &chunk.number, &users];
                    tx.execute(&unnest, &values).await?;
                }
            }
            let packed = packed_results(&chunk);
            let values: [&(dyn ToSql + Sync); 4] =
                [&CUSTOMER, &chunk.number, &TIME_MICROS, &packed];
            tx.execute(&journal, &values).await?;
            tx.commit().await?;
        }
        Ok(start.elapsed())
    }
}

async fn copy(tx: &Transaction<'_>, chunk: &Chunk) -> Result<(), Error> {
    let types = [
        Type::INT8,
        Type::INT8,
        Type::INT4,
        Type::TEXT,
        Type::INT8,
        Type::INT8,
    ];
    let mut writer = pin!(BinaryCopyInWriter::new(tx.copy_in(COPY).await?, &types));
    for user in chunk.users.clone() {
        let row: [&(dyn ToSql + Sync); 6] =
            [&CUSTOMER, &user, &PRODUCT, &"", &TIME_MICROS, &chunk.number];
        writer.as_mut().write(&row).await?;
    }
    writer.finish().await?;
    Ok(())
}
