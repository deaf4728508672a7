//! Searches with a caller's filter, planned for the filter's values. PostgreSQL plans all other
//! statements once for any values. In a search the values decide the best plan. If most users
//! match, scanning the order's index fills a page after few rows. If few match, finding them by the
//! filter and sorting them is faster.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};

use super::error::classify;
use super::lanes::Lane;
use super::pools::Pools;
use super::reading::Reading;
use crate::StoreResult;

/// Begins a transaction that runs searches only.
pub(super) async fn begin(pools: &Pools) -> StoreResult<Reading> {
    let db = pools.begin_read(Lane::Expensive).await?;
    plan_for(&db, "force_custom_plan").await?;
    Ok(db)
}

/// Runs one search in a transaction that also runs other statements.
pub(super) async fn within<T>(
    db: &DatabaseTransaction,
    search: impl Future<Output = StoreResult<T>>,
) -> StoreResult<T> {
    plan_for(db, "force_custom_plan").await?;
    let found = search.await?;
    plan_for(db, "force_generic_plan").await?;
    Ok(found)
}

async fn plan_for(db: &impl ConnectionTrait, mode: &str) -> StoreResult<()> {
    if db.get_database_backend() == DbBackend::Sqlite {
        // SQLite plans for any values, by the indexes alone.
        return Ok(());
    }
    let set = format!("SET LOCAL plan_cache_mode = {mode}");
    db.execute_unprepared(&set).await.map_err(classify)?;
    Ok(())
}
