use sea_orm::DbErr;
use sea_orm_migration::async_trait::async_trait;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

use super::Script;

const UP: Script = Script {
    sqlite: include_str!("retention/up.sqlite.sql"),
    postgres: include_str!("retention/up.postgres.sql"),
};

/// Indexes by which what was kept long enough is found.
pub(super) struct Retention;

impl MigrationName for Retention {
    fn name(&self) -> &'static str {
        "m0006_retention"
    }
}

#[async_trait]
#[expect(
    elided_lifetimes_in_paths,
    reason = "the trait declares `up` so, and spelled out the lifetime would not match"
)]
impl MigrationTrait for Retention {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        UP.run(manager).await
    }
}
