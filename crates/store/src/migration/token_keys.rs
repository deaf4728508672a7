use sea_orm::DbErr;
use sea_orm_migration::async_trait::async_trait;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

use super::Script;

const UP: Script = Script {
    sqlite: include_str!("token_keys/up.sqlite.sql"),
    postgres: include_str!("token_keys/up.postgres.sql"),
};

/// The keys that authenticate page tokens.
pub(super) struct TokenKeys;

impl MigrationName for TokenKeys {
    fn name(&self) -> &'static str {
        "m0010_token_keys"
    }
}

#[async_trait]
#[expect(
    elided_lifetimes_in_paths,
    reason = "the trait declares `up` so, and spelled out the lifetime would not match"
)]
impl MigrationTrait for TokenKeys {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        UP.run(manager).await
    }
}
