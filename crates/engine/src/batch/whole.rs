use seatkeeper_domain::ShortagePolicy;
use seatkeeper_fault::{Bug, Point, pass, planted};
use seatkeeper_store::{Batch, CustomerTx};

use super::chunk::{ChunkWork, next_users};
use super::survey::{batch_pools, survey};
use crate::EngineResult;

/// Decides an all-or-nothing batch in one transaction: first looks whether anyone would fail,
/// then writes every chunk, either as decided or as refused.
pub(super) async fn decide_whole(
    work: &mut ChunkWork,
    tx: &mut dyn CustomerTx,
    batch: &mut Batch,
) -> EngineResult<()> {
    let reserved = match batch.spec.shortage {
        ShortagePolicy::AssignUntilExhausted => Vec::new(),
        ShortagePolicy::RequireAll => tx.reservations(batch.key).await?,
    };
    let pools = batch_pools(tx, &work.planner, &reserved, work.now).await?;
    let surveyed = survey(
        tx,
        batch.key,
        batch.user_count,
        &mut work.planner,
        &mut pools.clone(),
    )
    .await?;
    pass(Point::WholeSurveyed);
    if !reserved.is_empty() {
        tx.set_reservations(batch.key, &[]).await?;
    }
    let mut pools = pools;
    while batch.processed_count < batch.user_count {
        let selected = next_users(tx, batch, 1).await?;
        let loaded = tx.load_chunk(&selected).await?;
        let plan = if surveyed.any_failed && !planted(Bug::WholeInPart) {
            work.planner.plan_refused(&loaded.state, &mut pools)
        } else {
            work.planner.plan(&loaded.state, &mut pools)
        };
        work.write(tx, batch, loaded.members, plan).await?;
        pass(Point::WholeChunkWritten);
    }
    Ok(())
}
