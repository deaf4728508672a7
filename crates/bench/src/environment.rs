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
/// A scenario leaves a customer as it found it: nobody holds a license.
pub(crate) struct Environment {
    // Dropped in order: the server ends before its database does.
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

    /// One whose database does by itself only what cannot be put off: rounds of a comparison
    /// [settle](Self::settle) it, so that it is at rest while the other server has its turn.
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

    /// What is to be reached where the databases differ.
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

    /// A connection of its own.
    pub(crate) async fn connect(&self) -> Result<Clients, Error> {
        Clients::connect(self.server.url()).await
    }

    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    /// Transactions that the database has carried out so far, where it counts them.
    pub(crate) fn transactions(&self) -> Result<Option<u64>, Error> {
        match &self.database {
            Database::Sqlite(_) => Ok(None),
            Database::Postgres { database, .. } => {
                let counted = database.query(TRANSACTIONS)?;
                Ok(Some(counted.trim().parse()?))
            }
        }
    }

    /// Puts away what earlier work left behind, where the database does so by and by: `PostgreSQL` keeps
    /// licenses that were revoked until it gets to vacuuming them. The raw database begins with new tables.
    pub(crate) fn settle(&self) -> Result<(), Error> {
        if let Database::Postgres { database, .. } = &self.database {
            database.query("VACUUM (ANALYZE)")?;
        }
        Ok(())
    }

    /// Writes what the database still holds in memory to the disk, where that is put off.
    pub(crate) fn flush(&self) -> Result<(), Error> {
        if let Database::Postgres { database, .. } = &self.database {
            database.query("CHECKPOINT")?;
        }
        Ok(())
    }

    /// One more server on the same database.
    pub(crate) fn another_server(&self) -> Result<Server, Error> {
        Server::start(&self.program, &self.database)
    }

    /// A new server in the old one's place, whose memory nothing has gone through yet.
    pub(crate) async fn restart(&mut self) -> Result<(), Error> {
        self.server.end()?;
        self.server = Server::start(&self.program, &self.database)?;
        self.clients = Clients::connect(self.server.url()).await?;
        Ok(())
    }

    /// The customer of this kind, made when it is first asked for.
    pub(crate) async fn customer(&mut self, profile: Profile) -> Result<Customer, Error> {
        if let Some(customer) = self.customers.get(&profile) {
            return Ok(customer.clone());
        }
        let customer = Customer::create(&self.clients, &profile).await?;
        self.customers.insert(profile, customer.clone());
        Ok(customer)
    }

    /// The hand-written programs for the same kind of database, on the same disk.
    pub(crate) async fn raw_database(&self) -> Result<RawDatabase<'_>, Error> {
        RawDatabase::of(&self.database).await
    }
}
