//! Searches by a filter that a caller wrote. PostgreSQL plans all other statements for any values,
//! these for the values at hand, which decide what to read: where nearly everyone matches, a page is
//! full after few users in the order asked for; where few do, they are sooner found by what they
//! match, and sorted.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};

use super::error::classify;
use super::lanes::Lane;
use super::pools::Pools;
use super::reading::Reading;
use crate::StoreResult;

/// Begins a transaction for searches alone.
pub(super) async fn begin(pools: &Pools) -> StoreResult<Reading> {
    let db = pools.begin_read(Lane::Expensive).await?;
    plan_for(&db, "force_custom_plan").await?;
    Ok(db)
}

/// Carries out one search of a transaction that does other things as well.
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
        // It plans for any values, by the indexes alone.
        return Ok(());
    }
    let set = format!("SET LOCAL plan_cache_mode = {mode}");
    db.execute_unprepared(&set).await.map_err(classify)?;
    Ok(())
}
