use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use seatkeeper_domain::{CustomerKey, Timestamp};
use seatkeeper_fault::{Bug, planted};
use seatkeeper_store::{CustomerTx, StoreError};

use crate::engine::Shared;
use crate::waitlist::settle;
use crate::{EngineError, EngineResult, IdSource};

/// Something done in one transaction under a customer's lock.
///
/// `run` may be called again after a conflict, on a new transaction: it must not keep anything in
/// `self` that only a commit makes true.
#[async_trait]
pub(crate) trait Work: Send + 'static {
    /// What it comes to.
    type Output: Send + 'static;

    /// The lock was taken at `now`. Whoever judges by time judges by this moment: what others
    /// committed before has then happened before, however long the wait for the lock was.
    fn locked_at(&mut self, _now: Timestamp) {}

    /// Does it. After an error nothing is committed.
    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<Self::Output>;

    /// Brings what it came to up to date, after users who waited for seats were served in its
    /// wake: in the same transaction, before the commit.
    async fn served(
        &mut self,
        _tx: &mut dyn CustomerTx,
        _output: &mut Self::Output,
    ) -> EngineResult<()> {
        Ok(())
    }
}

/// Carries out `work` and commits it, or returns its error with nothing changed. Users who wait
/// for seats that it frees are served in the same transaction: nobody comes between.
///
/// The transaction lives in a task of its own: a caller who hangs up neither cuts it in the
/// middle nor leaves it open in a pool. `None` when the customer does not exist.
pub(crate) async fn transact<W: Work>(
    shared: Arc<Shared>,
    customer: CustomerKey,
    mut work: W,
) -> EngineResult<Option<(W, W::Output)>> {
    let task = tokio::spawn(async move {
        let output = carry_out(&shared, customer, &mut work).await?;
        Ok(output.map(|output| (work, output)))
    });
    task.await.map_err(|_| EngineError::TaskLost)?
}

/// As [`transact`], where the caller is a task that nobody cancels, and keeps the work.
pub(crate) async fn carry_out<W: Work>(
    shared: &Arc<Shared>,
    customer: CustomerKey,
    work: &mut W,
) -> EngineResult<Option<W::Output>> {
    let mut attempt = 1;
    loop {
        match once(shared, customer, work).await {
            Err(error) if is_conflict(&error) && attempt < shared.limits.conflict_attempts => {
                tracing::debug!(attempt, "transaction conflict, trying again");
                tokio::time::sleep(backoff(&*shared.ids, attempt)).await;
                attempt += 1;
            }
            done => return done,
        }
    }
}

async fn once<W: Work>(
    shared: &Arc<Shared>,
    customer: CustomerKey,
    work: &mut W,
) -> EngineResult<Option<W::Output>> {
    let Some(mut tx) = shared.store.lock_customer(customer).await? else {
        return Ok(None);
    };
    work.locked_at(shared.clock.now());
    let mut output = work.run(&mut *tx).await?;
    let settled = settle(shared, &mut *tx).await?;
    if settled.served {
        work.served(&mut *tx, &mut output).await?;
    }
    if planted(Bug::AnswerBeforeCommit) {
        tokio::spawn(tx.commit());
        return Ok(Some(output));
    }
    tx.commit().await?;
    if settled.more {
        shared.queues_due.notify_one();
    }
    Ok(Some(output))
}

fn is_conflict(error: &EngineError) -> bool {
    matches!(error, EngineError::Unavailable(StoreError::Conflict(_)))
        || (planted(Bug::UnknownCommitRepeated) && matches!(error, EngineError::OutcomeUnknown(_)))
}

/// Doubles from 4 ms, with up to as much again by chance, so that rivals part.
fn backoff(chance: &dyn IdSource, attempt: u32) -> Duration {
    let base = 2_u64 << attempt.min(7);
    let chance = chance.random().as_u64_pair().0 % base;
    Duration::from_millis(base + chance)
}

#[cfg(test)]
mod tests;
