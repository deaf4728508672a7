use seatkeeper_domain::{BatchState, Effect, ProductKey, Timestamp, ViolationType};
use seatkeeper_failpoints::{Point, fail_point};
use seatkeeper_store::{Batch, CustomerTx, Lease};

use crate::EngineResult;

/// Finishes a batch in the transaction that wrote its last result: releases the reserved seats,
/// records how many seats are left, releases the lease, and appends the end to the journal.
pub(super) async fn finish_batch(
    tx: &mut dyn CustomerTx,
    batch: &mut Batch,
    now: Timestamp,
) -> EngineResult<()> {
    tx.set_reservations(batch.key, &[]).await?;
    let mut products = batch.spec.task.products();
    products.sort_unstable();
    batch.seats_left = seats_left(tx, &products, now).await?;
    let cancelled = batch.violations.contains_key(&ViolationType::Cancelled);
    batch.state = if cancelled || (batch.cancel_requested && batch.user_stream_open) {
        BatchState::Cancelled
    } else {
        BatchState::Succeeded
    };
    batch.user_stream_open = false;
    batch.end_time = Some(now);
    batch.lease = Lease {
        owner: None,
        until: None,
        epoch: batch.lease.epoch,
    };
    let effect = Effect::BatchEnded {
        batch: batch.key,
        state: batch.state,
    };
    tx.append(now, &batch.spec.principal, effect).await?;
    fail_point(Point::BatchFinished);
    Ok(())
}

async fn seats_left(
    tx: &mut dyn CustomerTx,
    products: &[ProductKey],
    now: Timestamp,
) -> EngineResult<Vec<(ProductKey, i64)>> {
    let entitlements = tx.entitlements(products).await?;
    let left = entitlements
        .iter()
        .map(|entitlement| (entitlement.product, entitlement.pool_at(now, 0).available));
    Ok(left.collect())
}
