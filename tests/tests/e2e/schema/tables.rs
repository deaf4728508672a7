use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement};
use seatkeeper_tests::Storage;
use serde_json::Value;

/// Direct access to the rows of a storage, without Seatkeeper.
pub(crate) struct Tables<'a> {
    storage: &'a Storage,
    file: Option<DatabaseConnection>,
}

impl<'a> Tables<'a> {
    /// Opens the tables of a storage, which may be empty.
    pub(crate) async fn open(storage: &'a Storage) -> Self {
        let file = match storage {
            Storage::Postgres(_) => None,
            Storage::Sqlite(directory) => {
                let file = directory.path().join("seatkeeper.db");
                let url = format!("sqlite:{}?mode=rwc", file.display());
                let mut options = ConnectOptions::new(url);
                options.max_connections(1).sqlx_logging(false);
                Some(Database::connect(options).await.unwrap())
            }
        };
        Self { storage, file }
    }

    /// Executes SQL statements.
    pub(crate) async fn run(&self, sql: &str) {
        match (&self.file, self.storage) {
            (Some(file), _) => {
                file.execute_unprepared(sql).await.unwrap();
            }
            (None, Storage::Postgres(database)) => {
                database.query(sql).unwrap();
            }
            (None, Storage::Sqlite(_)) => unreachable!("the file is open"),
        }
    }

    /// The statements of a migration for this database.
    pub(crate) fn script(&self, directory: &str) -> String {
        let engine = if self.file.is_some() {
            "sqlite"
        } else {
            "postgres"
        };
        let path = format!("{directory}/up.{engine}.sql");
        std::fs::read_to_string(path).unwrap()
    }

    /// The type of a column of bytes.
    pub(crate) fn bytes_type(&self) -> &'static str {
        if self.file.is_some() { "BLOB" } else { "BYTEA" }
    }

    /// Inserts rows, each a JSON object. Bytes are texts such as `\x0f`.
    pub(crate) async fn insert(&self, table: &str, rows: &[Value]) {
        let Some(first) = rows.first() else { return };
        let names: Vec<&String> = first.as_object().unwrap().keys().collect();
        let columns = names.iter().map(|name| name.as_str());
        let columns = columns.collect::<Vec<_>>().join(", ");
        let rows = Value::from(rows.to_vec()).to_string().replace('\'', "''");
        if self.file.is_none() {
            let sql = format!(
                "INSERT INTO {table} ({columns}) SELECT {columns} \
                 FROM json_populate_recordset(NULL::{table}, '{rows}')"
            );
            return self.run(&sql).await;
        }
        let values = names.iter().map(|name| {
            let value = format!("value ->> '{name}'");
            format!("CASE WHEN {value} LIKE '\\x%' THEN unhex(substr({value}, 3)) ELSE {value} END")
        });
        let values = values.collect::<Vec<_>>().join(", ");
        let sql =
            format!("INSERT INTO {table} ({columns}) SELECT {values} FROM json_each('{rows}')");
        self.run(&sql).await;
    }

    /// All rows of a table in an SQLite database, in the format of [`Tables::insert`].
    pub(crate) async fn rows(&self, table: &str) -> Vec<Value> {
        let columns = format!(
            "SELECT '''' || name || ''', ' || CASE type WHEN 'BLOB' \
             THEN '''\\x'' || hex(' || name || ')' ELSE name END FROM pragma_table_info('{table}')"
        );
        let columns = self.texts(&columns).await.join(", ");
        let rows = format!("SELECT json_object({columns}) FROM {table}");
        let rows = self.texts(&rows).await;
        rows.iter()
            .map(|row| serde_json::from_str(row).unwrap())
            .collect()
    }

    async fn texts(&self, sql: &str) -> Vec<String> {
        let file = self.file.as_ref().expect("rows are read from SQLite only");
        let statement = Statement::from_string(file.get_database_backend(), sql);
        let rows = file.query_all_raw(statement).await.unwrap();
        let texts = rows.iter().map(|row| row.try_get_by_index(0).unwrap());
        texts.collect()
    }
}
