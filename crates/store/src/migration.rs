//! The history of the schema. No other code creates or alters tables.
//!
//! A migration is text only: it calls no other code of this crate, because that code changes and
//! the migration must not.

mod initial;

use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use sea_orm_migration::{MigrationTrait, MigratorTrait, SchemaManager};

/// The migration that every database made before version 0.1.0 has. The name must not be used
/// again.
pub(crate) const BEFORE_FIRST_RELEASE: &str = "m0001_initial";

/// Every migration, oldest first.
pub(crate) struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(initial::Initial)]
    }
}

impl Migrator {
    /// The names of the migrations this program knows, oldest first.
    pub(crate) fn known() -> Vec<String> {
        Self::migrations()
            .iter()
            .map(|migration| migration.name().to_owned())
            .collect()
    }
}

/// The SQL text of one migration for each engine.
struct Script {
    sqlite: &'static str,
    postgres: &'static str,
}

impl Script {
    async fn run(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let text = match manager.get_database_backend() {
            DbBackend::Sqlite => self.sqlite,
            DbBackend::Postgres => self.postgres,
            DbBackend::MySql => {
                return Err(DbErr::BackendNotSupported {
                    db: "MySQL",
                    ctx: "migration",
                });
            }
            other => {
                return Err(DbErr::BackendNotSupported {
                    db: other.as_str(),
                    ctx: "migration",
                });
            }
        };
        manager.get_connection().execute_unprepared(text).await?;
        Ok(())
    }
}
