use std::collections::HashMap;
use std::path::Path;

use crate::Error;
use crate::clients::Clients;
use crate::database::Database;
use crate::options::DatabaseKind;
use crate::raw_database::RawDatabase;
use crate::server::{Program, Server};
use crate::workload::{self, Customer, Profile};

const TRANSACTIONS: &str = "SELECT xact_commit + xact_rollback FROM pg_stat_database \
                            WHERE datname = current_database()";

/// A database, a server on it, and the customers that scenarios share.
///
/// A scenario leaves a customer without licenses, as it found it.
pub(crate) struct Environment {
    // Fields drop in order: the server ends before its database is deleted.
    server: Server,
    database: Database,
    program: Program,
    clients: Clients,
    customers: HashMap<Profile, Customer>,
}

impl Environment {
    pub(crate) async fn open(
        program: Program,
        kind: DatabaseKind,
        directory: &Path,
    ) -> Result<Self, Error> {
        Self::open_on(program, Database::create(kind, directory, &[])?).await
    }

    /// Opens an environment whose database runs no background work that can be deferred. Rounds of
    /// a comparison [settle](Self::settle) it, so that it is idle while the other server has its
    /// turn.
    pub(crate) async fn open_settled(
        program: Program,
        kind: DatabaseKind,
        directory: &Path,
    ) -> Result<Self, Error> {
        let settings = [("autovacuum", "off")];
        Self::open_on(program, Database::create(kind, directory, &settings)?).await
    }

    async fn open_on(program: Program, database: Database) -> Result<Self, Error> {
        let server = Server::start(&program, &database)?;
        let clients = Clients::connect(server.url()).await?;
        workload::import_catalog(&clients).await?;
        Ok(Self {
            server,
            database,
            program,
            clients,
            customers: HashMap::new(),
        })
    }

    pub(crate) fn database_name(&self) -> &'static str {
        self.database.name()
    }

    /// The value for this database, where targets differ by database.
    pub(crate) fn either<T>(&self, sqlite: T, postgres: T) -> T {
        match self.database {
            Database::Sqlite(_) => sqlite,
            Database::Postgres { .. } => postgres,
        }
    }

    /// The connection that scenarios share.
    pub(crate) fn clients(&self) -> &Clients {
        &self.clients
    }

    /// Opens a separate connection.
    pub(crate) async fn connect(&self) -> Result<Clients, Error> {
        Clients::connect(self.server.url()).await
    }

    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    /// The number of transactions of the database so far; `None` on `SQLite`, which does not count
    /// them.
    pub(crate) fn transactions(&self) -> Result<Option<u64>, Error> {
        match &self.database {
            Database::Sqlite(_) => Ok(None),
            Database::Postgres { database, .. } => {
                let counted = database.query(TRANSACTIONS)?;
                Ok(Some(counted.trim().parse()?))
            }
        }
    }

    /// Runs the maintenance that the database defers: `PostgreSQL` stores revoked licenses until it
    /// vacuums. The raw database starts with new tables.
    pub(crate) fn settle(&self) -> Result<(), Error> {
        if let Database::Postgres { database, .. } = &self.database {
            database.query("VACUUM (ANALYZE)")?;
        }
        Ok(())
    }

    /// Writes all dirty pages to the disk, if the database defers that.
    pub(crate) fn flush(&self) -> Result<(), Error> {
        if let Database::Postgres { database, .. } = &self.database {
            database.query("CHECKPOINT")?;
        }
        Ok(())
    }

    /// Starts another server on the same database.
    pub(crate) fn another_server(&self) -> Result<Server, Error> {
        Server::start(&self.program, &self.database)
    }

    /// Replaces the server by a new one, whose memory no earlier load has grown.
    pub(crate) async fn restart(&mut self) -> Result<(), Error> {
        self.server.end()?;
        self.server = Server::start(&self.program, &self.database)?;
        self.clients = Clients::connect(self.server.url()).await?;
        Ok(())
    }

    /// The customer with this profile, created by the first call.
    pub(crate) async fn customer(&mut self, profile: Profile) -> Result<Customer, Error> {
        if let Some(customer) = self.customers.get(&profile) {
            return Ok(customer.clone());
        }
        let customer = Customer::create(&self.clients, &profile).await?;
        self.customers.insert(profile, customer.clone());
        Ok(customer)
    }

    /// The raw database on the same kind of database and the same disk.
    pub(crate) async fn raw_database(&self) -> Result<RawDatabase<'_>, Error> {
        RawDatabase::of(&self.database).await
    }
}
