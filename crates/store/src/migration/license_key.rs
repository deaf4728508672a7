use sea_orm::DbErr;
use sea_orm_migration::async_trait::async_trait;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

use super::Script;

const UP: Script = Script {
    sqlite: include_str!("license_key/up.sqlite.sql"),
    postgres: include_str!("license_key/up.postgres.sql"),
};

/// The key of a license is by product on PostgreSQL too, where only its index lies in that order.
pub(super) struct LicenseKey;

impl MigrationName for LicenseKey {
    fn name(&self) -> &'static str {
        "m0009_license_key"
    }
}

#[async_trait]
#[expect(
    elided_lifetimes_in_paths,
    reason = "the trait declares `up` so, and spelled out the lifetime would not match"
)]
impl MigrationTrait for LicenseKey {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        UP.run(manager).await
    }
}
