use std::path::Path;

use super::PostgresError;
use super::client::Client;

/// An empty database. Dropping the value drops the database and closes open connections to it.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    client: Client,
    url: String,
}

impl TestDatabase {
    pub(super) fn create(name: String, client: Client) -> Result<Self, PostgresError> {
        // No client can connect to template0, so `CREATE DATABASE` never has to wait.
        let create = format!("CREATE DATABASE {name} TEMPLATE template0");
        client.query("postgres", &create)?;
        let url = client.url(&name);
        Ok(Self { name, client, url })
    }

    /// The same database under another URL, such as a proxy's.
    #[must_use]
    pub fn reached_at(mut self, url: String) -> Self {
        self.url = url;
        self
    }

    /// The connection URL, with the socket's directory in its `host` parameter.
    #[must_use]
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// The name, unique in its cluster.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Executes SQL as superuser over a new connection. Returns the rows, one per line, with
    /// columns separated by `|`.
    pub fn query(&self, sql: &str) -> Result<String, PostgresError> {
        self.client.query(&self.name, sql)
    }

    /// Dumps the database into a file with `pg_dump`, while other clients read and write.
    pub fn dump(&self, file: &Path) -> Result<(), PostgresError> {
        self.client.dump(&self.name, file)
    }

    /// Restores such a file with `pg_restore`. The database must be empty.
    pub fn restore(&self, file: &Path) -> Result<(), PostgresError> {
        self.client.restore(&self.name, file)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // The cluster may be stopped already. Its directory is deleted in any case.
        let _ = self.client.query("postgres", &drop);
    }
}
