use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::rows::{CUSTOMER, Chunk, PRODUCT, TIME_MICROS, chunks, packed_results};
use crate::Error;

/// The method that writes a chunk's licenses.
#[derive(Debug, Clone, Copy)]
pub(super) enum By {
    /// One execution of a prepared statement per license.
    Row,
    /// One statement per chunk, with a JSON list.
    List,
}

/// The same settings as the server's database.
const PRAGMAS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA cache_size = -32768;
    PRAGMA mmap_size = 67108864;
    PRAGMA wal_autocheckpoint = 4096;
    PRAGMA temp_store = memory;";

const TABLES: &str = "
    CREATE TABLE licenses (
        customer_key INTEGER NOT NULL,
        user_key INTEGER NOT NULL,
        product_key INTEGER NOT NULL,
        disabled_plans TEXT NOT NULL,
        assign_time INTEGER NOT NULL,
        changed_by INTEGER NOT NULL,
        PRIMARY KEY (customer_key, user_key, product_key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE journal (
        customer_key INTEGER NOT NULL,
        sequence INTEGER NOT NULL,
        time INTEGER NOT NULL,
        payload BLOB NOT NULL,
        PRIMARY KEY (customer_key, sequence)
    ) STRICT;";

/// Writes licenses for `users` users into a new database in `directory`.
pub(super) fn write(directory: &Path, users: usize, by: By) -> Result<Duration, Error> {
    let directory = tempfile::tempdir_in(directory)?;
    let mut connection = Connection::open(directory.path().join("raw.db"))?;
    connection.execute_batch(PRAGMAS)?;
    connection.execute_batch(TABLES)?;
    let start = Instant::now();
    for chunk in chunks(users) {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        match by {
            By::Row => write_rows(&tx, &chunk)?,
            By::List => write_list(&tx, &chunk)?,
        }
        tx.prepare_cached("INSERT INTO journal VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![
                CUSTOMER,
                chunk.number,
                TIME_MICROS,
                packed_results(&chunk)
            ])?;
        tx.commit()?;
    }
    Ok(start.elapsed())
}

fn write_rows(tx: &Transaction<'_>, chunk: &Chunk) -> Result<(), Error> {
    let mut insert = tx.prepare_cached("INSERT INTO licenses VALUES (?1, ?2, ?3, '', ?4, ?5)")?;
    for user in chunk.users.clone() {
        insert.execute(params![CUSTOMER, user, PRODUCT, TIME_MICROS, chunk.number])?;
    }
    Ok(())
}

fn write_list(tx: &Transaction<'_>, chunk: &Chunk) -> Result<(), Error> {
    let mut list = String::from("[");
    for user in chunk.users.clone() {
        let comma = if user == chunk.users.start { "" } else { "," };
        write!(list, "{comma}{user}")?;
    }
    list.push(']');
    tx.prepare_cached("INSERT INTO licenses SELECT ?1, value, ?2, '', ?3, ?4 FROM json_each(?5)")?
        .execute(params![CUSTOMER, PRODUCT, TIME_MICROS, chunk.number, list])?;
    Ok(())
}
