//! The history of the schema. No other code creates or alters tables.
//!
//! A migration is SQL text and calls no code of this crate: that code changes, and a migration must
//! not. The database stores the checksum of each text, and a changed text is rejected.

use sea_orm::DbBackend;
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// The table in which databases made before version 0.1.0 noted their migrations.
pub(crate) const TABLE_BEFORE_FIRST_RELEASE: &str = "seaql_migrations";

/// The table in which a database notes its migrations; the name is the default of `sqlx`.
pub(crate) const TABLE: &str = "_sqlx_migrations";

/// One migration: the same change as SQL text for each database.
struct Script {
    version: i64,
    description: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

/// Every migration, oldest first.
const SCRIPTS: [Script; 1] = [Script {
    version: 1,
    description: "initial schema",
    sqlite: include_str!("migration/initial/up.sqlite.sql"),
    postgres: include_str!("migration/initial/up.postgres.sql"),
}];

/// The versions that this program knows, oldest first.
pub(crate) fn known() -> impl DoubleEndedIterator<Item = i64> {
    SCRIPTS.iter().map(|script| script.version)
}

/// The newest version that this program knows.
pub(crate) fn newest() -> i64 {
    known().next_back().unwrap_or_default()
}

/// Applies the migrations that a database lacks.
pub(crate) fn migrator(backend: DbBackend) -> Migrator {
    let scripts = SCRIPTS.iter().map(|script| {
        let text = if backend == DbBackend::Postgres {
            script.postgres
        } else {
            script.sqlite
        };
        Migration::new(
            script.version,
            script.description.into(),
            MigrationType::Simple,
            text.into_sql_str(),
            false,
        )
    });
    Migrator::with_migrations(scripts.collect())
}
