use sea_orm::DbErr;
use sea_orm_migration::async_trait::async_trait;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

use super::Script;

const UP: Script = Script {
    sqlite: include_str!("folded_names/up.sqlite.sql"),
    postgres: include_str!("folded_names/up.postgres.sql"),
};

/// Names in the form in which users are ordered by them become columns.
pub(super) struct FoldedNames;

impl MigrationName for FoldedNames {
    fn name(&self) -> &'static str {
        "m0002_folded_names"
    }
}

#[async_trait]
#[expect(
    elided_lifetimes_in_paths,
    reason = "the trait declares `up` so, and spelled out the lifetime would not match"
)]
impl MigrationTrait for FoldedNames {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        UP.run(manager).await
    }
}
