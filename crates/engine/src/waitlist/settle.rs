use std::collections::BTreeSet;
use std::sync::Arc;

use seatkeeper_domain::ProductKey;
use seatkeeper_fault::{Bug, Point, pass, planted};
use seatkeeper_store::CustomerTx;

use super::judge::Judge;
use super::serve::{Progress, Walk};
use crate::engine::Shared;
use crate::{Engine, EngineResult};

/// What settling the queues came to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Settled {
    /// A queue was looked at, so that users may have been served.
    pub(crate) served: bool,
    /// There are seats for more users than one transaction serves: queues are due.
    pub(crate) more: bool,
}

/// Serves those who wait for what the transaction has freed, bought or moved; also in the wake of
/// serving them, since swaps free seats. Does nothing, and asks nothing, while nobody waits.
pub(crate) async fn settle(shared: &Arc<Shared>, tx: &mut dyn CustomerTx) -> EngineResult<Settled> {
    if tx.waitlist_count() == 0 || planted(Bug::WaitersForgotten) {
        return Ok(Settled::default());
    }
    let unsettled: BTreeSet<ProductKey> = tx.take_unsettled().into_iter().collect();
    if unsettled.is_empty() {
        return Ok(Settled::default());
    }
    pass(Point::QueuesSettling);
    let mut judge = judge(shared).await?;
    let mut room = shared.limits.waitlist_users_per_step;
    let more = settle_queues(tx, &mut judge, &mut room, unsettled).await?;
    Ok(Settled { served: true, more })
}

/// Whoever judges by the newest catalog, at this moment.
pub(super) async fn judge(shared: &Arc<Shared>) -> EngineResult<Judge> {
    let engine = Engine {
        shared: Arc::clone(shared),
    };
    Ok(Judge::new(engine.catalog().await?, shared.clock.now()))
}

/// Settles these queues, and notes when each is due again. Whether any is due at once.
pub(super) async fn settle_queues(
    tx: &mut dyn CustomerTx,
    judge: &mut Judge,
    room: &mut usize,
    mut unsettled: BTreeSet<ProductKey>,
) -> EngineResult<bool> {
    let mut any_more = false;
    while let Some(product) = unsettled.pop_first() {
        if tx.entitlements(&[product]).await?.is_empty() {
            continue;
        }
        let progress = Walk::new(product).go_on(tx, judge, room).await?;
        unsettled.extend(tx.take_unsettled());
        // The walk saw to whoever left this queue on its way.
        unsettled.remove(&product);
        let due = match progress {
            Progress::Ended(due) => due,
            Progress::More => {
                any_more = true;
                Some(judge.now)
            }
        };
        tx.set_waitlist_due(product, due).await?;
    }
    Ok(any_more)
}
