//! The schema's history. Nothing else creates or alters tables.

mod folded_names;
mod initial;
mod journal_base;
mod license_holders;
mod license_key;
mod licenses_by_product;
mod retention;
mod selections;
mod token_keys;
mod waitlist;

use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use sea_orm_migration::{MigrationTrait, MigratorTrait, SchemaManager};

/// Every migration, oldest first.
pub(crate) struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(initial::Initial),
            Box::new(folded_names::FoldedNames),
            Box::new(license_holders::LicenseHolders),
            Box::new(waitlist::Waitlist),
            Box::new(selections::Selections),
            Box::new(retention::Retention),
            Box::new(journal_base::JournalBase),
            Box::new(licenses_by_product::LicensesByProduct),
            Box::new(license_key::LicenseKey),
            Box::new(token_keys::TokenKeys),
        ]
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

/// The text of one migration for each engine.
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
