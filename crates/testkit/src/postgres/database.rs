use std::path::Path;

use super::PostgresError;
use super::client::Client;

/// An empty database of its own, dropped with this value (open connections to
/// it are cut).
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    client: Client,
    url: String,
}

impl TestDatabase {
    pub(super) fn create(name: String, client: Client) -> Result<Self, PostgresError> {
        // Nobody can be connected to template0, so creating never has to wait.
        let create = format!("CREATE DATABASE {name} TEMPLATE template0");
        client.query("postgres", &create)?;
        let url = client.url(&name);
        Ok(Self { name, client, url })
    }

    /// The same, whose URL leads there another way.
    #[must_use]
    pub fn reached_at(mut self, url: String) -> Self {
        self.url = url;
        self
    }

    /// A connection URL, with the socket's directory in its `host` parameter.
    #[must_use]
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// The name, unique on its cluster.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs SQL on a connection of its own, as the owner of everything, and
    /// gives the rows: one per line, columns separated by `|`.
    pub fn query(&self, sql: &str) -> Result<String, PostgresError> {
        self.client.query(&self.name, sql)
    }

    /// Backs it up into a file with `pg_dump`, while others read and write it.
    pub fn dump(&self, file: &Path) -> Result<(), PostgresError> {
        self.client.dump(&self.name, file)
    }

    /// Restores such a file with `pg_restore`; the database must be empty.
    pub fn restore(&self, file: &Path) -> Result<(), PostgresError> {
        self.client.restore(&self.name, file)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // The cluster may be stopped already; its directory goes in any case.
        let _ = self.client.query("postgres", &drop);
    }
}
