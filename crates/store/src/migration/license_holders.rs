use sea_orm::DbErr;
use sea_orm_migration::async_trait::async_trait;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

use super::Script;
use crate::sql::gather_license_holders;

const UP: Script = Script {
    sqlite: include_str!("license_holders/up.sqlite.sql"),
    postgres: include_str!("license_holders/up.postgres.sql"),
};

/// The holders of each product become sets, made from the licenses there are.
pub(super) struct LicenseHolders;

impl MigrationName for LicenseHolders {
    fn name(&self) -> &'static str {
        "m0003_license_holders"
    }
}

#[async_trait]
#[expect(
    elided_lifetimes_in_paths,
    reason = "the trait declares `up` so, and spelled out the lifetime would not match"
)]
impl MigrationTrait for LicenseHolders {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        UP.run(manager).await?;
        gather_license_holders(manager.get_connection())
            .await
            .map_err(|error| DbErr::Migration(error.to_string()))
    }
}
