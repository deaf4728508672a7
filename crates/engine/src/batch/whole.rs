use seatkeeper_domain::ShortagePolicy;
use seatkeeper_fault::{Bug, Point, pass, planted};
use seatkeeper_store::{Batch, CustomerTx};

use super::buying::Shop;
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
    let products = batch.spec.task.products();
    let mut reserved = Vec::new();
    let mut shop = None;
    let mut pools = match batch.spec.shortage {
        ShortagePolicy::AssignUntilExhausted | ShortagePolicy::Waitlist => {
            batch_pools(tx, &products, &[], work.now).await?
        }
        ShortagePolicy::RequireAll => {
            reserved = tx.reservations(batch.key).await?;
            batch_pools(tx, &products, &reserved, work.now).await?
        }
        ShortagePolicy::BuyMore => {
            let (opened, pools) = Shop::open(work, tx, batch).await?;
            shop = Some(opened);
            pools
        }
    };
    let mut surveyed_pools = pools.clone();
    let surveyed = survey(
        tx,
        batch.key,
        batch.user_count,
        &mut work.judge,
        &mut surveyed_pools,
    )
    .await?;
    pass(Point::WholeSurveyed);
    if !reserved.is_empty() {
        tx.set_reservations(batch.key, &[]).await?;
    }
    if let (Some(shop), false) = (&shop, surveyed.any_failed) {
        shop.buy(work, tx, batch, &surveyed_pools).await?;
    }
    while batch.processed_count < batch.user_count {
        let selected = next_users(tx, batch, 1).await?;
        let mut loaded = tx.load_chunk(&selected, &work.judge.relevant()).await?;
        let judge = &mut work.judge;
        let plan = if surveyed.any_failed && !planted(Bug::WholeInPart) {
            judge.plan_refused(tx, &mut loaded, &mut pools).await?
        } else {
            judge.plan(tx, &mut loaded, &mut pools).await?
        };
        work.write(tx, batch, loaded.members, plan).await?;
        pass(Point::WholeChunkWritten);
    }
    Ok(())
}
