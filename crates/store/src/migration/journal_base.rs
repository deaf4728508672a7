use sea_orm::DbErr;
use sea_orm_migration::async_trait::async_trait;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

use super::Script;

const UP: Script = Script {
    sqlite: include_str!("journal_base/up.sqlite.sql"),
    postgres: include_str!("journal_base/up.postgres.sql"),
};

/// What stands in place of journal entries that were removed.
pub(super) struct JournalBase;

impl MigrationName for JournalBase {
    fn name(&self) -> &'static str {
        "m0007_journal_base"
    }
}

#[async_trait]
#[expect(
    elided_lifetimes_in_paths,
    reason = "the trait declares `up` so, and spelled out the lifetime would not match"
)]
impl MigrationTrait for JournalBase {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        UP.run(manager).await
    }
}
