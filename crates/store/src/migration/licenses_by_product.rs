use sea_orm::DbErr;
use sea_orm_migration::async_trait::async_trait;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

use super::Script;

const UP: Script = Script {
    sqlite: include_str!("licenses_by_product/up.sqlite.sql"),
    postgres: include_str!("licenses_by_product/up.postgres.sql"),
};

/// Licenses lie together by product, where rows lie in the order of their key.
pub(super) struct LicensesByProduct;

impl MigrationName for LicensesByProduct {
    fn name(&self) -> &'static str {
        "m0008_licenses_by_product"
    }
}

#[async_trait]
#[expect(
    elided_lifetimes_in_paths,
    reason = "the trait declares `up` so, and spelled out the lifetime would not match"
)]
impl MigrationTrait for LicensesByProduct {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        UP.run(manager).await
    }
}
