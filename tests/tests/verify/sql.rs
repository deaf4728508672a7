use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use seatkeeper_tests::Storage;

/// The damaged tables. A table comes after the tables that it references. Columns are listed if
/// some columns of the table are generated.
const TABLES: [&str; 15] = [
    "customers",
    "users (customer_key, user_key, user_id, sign_in_name, display_name, department, \
     job_title, usage_location, state, revision, create_time, update_time)",
    "deleted_users",
    "entitlements",
    "purchases",
    "licenses",
    "license_holders",
    "waitlist",
    "journal",
    "batches",
    "batch_segments",
    "reservations",
    "requests",
    "journal_checkpoints",
    "checkpoint_licenses",
];

/// Direct access to a database, without Seatkeeper.
pub(crate) struct Backdoor<'a> {
    storage: &'a Storage,
    file: Option<DatabaseConnection>,
}

impl<'a> Backdoor<'a> {
    /// Opens the database, and keeps a copy of all rows.
    pub(crate) async fn open(storage: &'a Storage) -> Self {
        let file = match storage {
            Storage::Postgres(_) => None,
            Storage::Sqlite(directory) => {
                let file = directory.path().join("seatkeeper.db");
                let mut options = ConnectOptions::new(format!("sqlite:{}", file.display()));
                options.max_connections(1).sqlx_logging(false);
                Some(Database::connect(options).await.unwrap())
            }
        };
        let door = Self { storage, file };
        for table in TABLES {
            let (name, columns) = parts(table);
            let keep = format!("CREATE TABLE kept_{name} AS SELECT {columns} FROM {name}");
            door.run(&keep).await;
        }
        door
    }

    /// Executes SQL statements without enforcing foreign keys.
    pub(crate) async fn run(&self, sql: &str) {
        match (&self.file, self.storage) {
            (Some(file), _) => {
                let sql = format!("PRAGMA foreign_keys = OFF; {sql}");
                file.execute_unprepared(&sql).await.unwrap();
            }
            (None, Storage::Postgres(database)) => {
                let sql = format!("SET session_replication_role = replica; {sql}");
                database.query(&sql).unwrap();
            }
            (None, Storage::Sqlite(_)) => unreachable!("the file is open"),
        }
    }

    /// Restores the kept rows.
    pub(crate) async fn restore(&self) {
        let emptied = TABLES.iter().rev();
        let emptied = emptied.map(|table| format!("DELETE FROM {};", parts(table).0));
        let filled = TABLES.iter().map(|table| {
            let name = parts(table).0;
            format!("INSERT INTO {table} SELECT * FROM kept_{name};")
        });
        let script = emptied.chain(filled).collect::<Vec<_>>();
        self.run(&script.join(" ")).await;
    }
}

/// A table's name, and the columns to select.
fn parts(table: &str) -> (&str, &str) {
    match table.split_once(" (") {
        Some((name, columns)) => (name, columns.trim_end_matches(')')),
        None => (table, "*"),
    }
}
