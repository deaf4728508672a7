use std::collections::BTreeSet;

use seatkeeper_domain::ProductKey;
use seatkeeper_failpoints::{Point, fail_point};
use seatkeeper_store::CustomerTx;

use super::evaluator::WaitlistEvaluator;
use super::fulfil::{Progress, QueueScan};
use crate::{Engine, EngineResult};

/// The result of an allocation.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Allocation {
    /// A queue was scanned, so waitlisted users may have been given seats.
    pub(crate) served: bool,
    /// There are seats for more users than one transaction serves: queues are due.
    pub(crate) more: bool,
}

/// Allocates the seats that the transaction has freed, bought or moved to waitlisted users,
/// including seats that are freed by serving them (a swap frees a seat). Runs no query while no
/// user waits.
pub(crate) async fn allocate_freed_seats(
    engine: &Engine,
    tx: &mut dyn CustomerTx,
) -> EngineResult<Allocation> {
    if tx.waitlist_count() == 0 {
        return Ok(Allocation::default());
    }
    let dirty_queues: BTreeSet<ProductKey> = tx.take_dirty_queues().into_iter().collect();
    if dirty_queues.is_empty() {
        return Ok(Allocation::default());
    }
    fail_point(Point::WaitlistAllocating);
    let mut evaluator = evaluator(engine).await?;
    let mut room = engine.core.limits.waitlist_users_per_step;
    let more = allocate_to_queues(tx, &mut evaluator, &mut room, dirty_queues).await?;
    Ok(Allocation { served: true, more })
}

/// The evaluator with the newest catalog and the current time.
pub(super) async fn evaluator(engine: &Engine) -> EngineResult<WaitlistEvaluator> {
    Ok(WaitlistEvaluator::new(
        engine.catalog().await?,
        engine.core.clock.now(),
    ))
}

/// Allocates seats to these queues, and records when each is due again. Returns whether one is due
/// now.
pub(super) async fn allocate_to_queues(
    tx: &mut dyn CustomerTx,
    evaluator: &mut WaitlistEvaluator,
    room: &mut usize,
    mut dirty_queues: BTreeSet<ProductKey>,
) -> EngineResult<bool> {
    let mut any_more = false;
    while let Some(product) = dirty_queues.pop_first() {
        if tx.entitlements(&[product]).await?.is_empty() {
            continue;
        }
        let progress = QueueScan::new(product).advance(tx, evaluator, room).await?;
        dirty_queues.extend(tx.take_dirty_queues());
        // The scan has already handled the users who left this queue.
        dirty_queues.remove(&product);
        let due = match progress {
            Progress::Ended(due) => due,
            Progress::More => {
                any_more = true;
                Some(evaluator.now)
            }
        };
        tx.set_waitlist_due(product, due).await?;
    }
    Ok(any_more)
}
