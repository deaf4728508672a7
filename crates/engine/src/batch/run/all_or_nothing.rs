use seatkeeper_domain::ShortagePolicy;
use seatkeeper_failpoints::{Point, fail_point};
use seatkeeper_store::{Batch, CustomerTx};

use super::auto_purchase::AutoPurchase;
use super::chunk_transaction::{ChunkTransaction, next_users};
use super::seat_demand::{batch_pools, compute_seat_demand};
use crate::EngineResult;

/// Decides an all-or-nothing batch in one transaction. It first checks whether any user would fail,
/// then writes every chunk, either as decided or as refused.
pub(super) async fn decide_all_or_nothing(
    transaction: &mut ChunkTransaction,
    tx: &mut dyn CustomerTx,
    batch: &mut Batch,
) -> EngineResult<()> {
    let products = batch.spec.task.products();
    let mut reserved = Vec::new();
    let mut purchase = None;
    let mut pools = match batch.spec.shortage {
        ShortagePolicy::AssignUntilExhausted | ShortagePolicy::Waitlist => {
            batch_pools(tx, &products, &[], transaction.now).await?
        }
        ShortagePolicy::RequireAll => {
            reserved = tx.reservations(batch.key).await?;
            batch_pools(tx, &products, &reserved, transaction.now).await?
        }
        ShortagePolicy::BuyMore => {
            let (opened, pools) = AutoPurchase::open(transaction, tx, batch).await?;
            purchase = Some(opened);
            pools
        }
    };
    let mut demand_pools = pools.clone();
    let demand = compute_seat_demand(
        tx,
        batch.key,
        batch.user_count,
        &mut transaction.decider,
        &mut demand_pools,
    )
    .await?;
    fail_point(Point::AllOrNothingDecided);
    if !reserved.is_empty() {
        tx.set_reservations(batch.key, &[]).await?;
    }
    if let (Some(purchase), false) = (&purchase, demand.any_failed) {
        purchase.buy(transaction, tx, batch, &demand_pools).await?;
    }
    while batch.processed_count < batch.user_count {
        let selected = next_users(tx, batch, 1).await?;
        let mut loaded = tx
            .load_chunk(&selected, &transaction.decider.relevant())
            .await?;
        let decider = &mut transaction.decider;
        let plan = if demand.any_failed {
            decider.plan_refused(tx, &mut loaded, &mut pools).await?
        } else {
            decider.plan(tx, &mut loaded, &mut pools).await?
        };
        transaction.write(tx, batch, loaded.members, plan).await?;
        fail_point(Point::AllOrNothingChunkWritten);
    }
    Ok(())
}
