use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use seatkeeper_domain::{CustomerKey, Timestamp};
use seatkeeper_failpoints::{Mutant, mutant_enabled};
use seatkeeper_store::{CustomerTx, StoreError};

use crate::engine::Core;
use crate::waitlist::allocate_freed_seats;
use crate::{EngineError, EngineResult, IdSource};

/// A unit of work that runs in one transaction under a customer's lock.
///
/// `run` may be called again after a conflict, on a new transaction: it must not keep anything in
/// `self` that only a commit makes true.
#[async_trait]
pub(crate) trait Transaction: Send + 'static {
    /// What [`Transaction::run`] returns.
    type Output: Send + 'static;

    /// The lock was taken at `now`. Whoever decides by time decides by this moment: what others
    /// committed before has then happened before, however long the wait for the lock was.
    fn on_locked(&mut self, _now: Timestamp) {}

    /// Does it. After an error nothing is committed.
    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<Self::Output>;

    /// Brings what it came to up to date, after users who waited for seats were served in its
    /// wake: in the same transaction, before the commit.
    async fn on_waitlist_served(
        &mut self,
        _tx: &mut dyn CustomerTx,
        _output: &mut Self::Output,
    ) -> EngineResult<()> {
        Ok(())
    }
}

/// Runs `transaction` and commits it, or returns its error with nothing changed. Users who wait
/// for seats that it frees are served in the same transaction: nobody comes between.
///
/// The transaction lives in a task of its own: a caller who hangs up neither cuts it in the
/// middle nor leaves it open in a pool. `None` when the customer does not exist.
pub(crate) async fn transact<T: Transaction>(
    core: Arc<Core>,
    customer: CustomerKey,
    mut transaction: T,
) -> EngineResult<Option<(T, T::Output)>> {
    let task = tokio::spawn(async move {
        let output = run_with_retry(&core, customer, &mut transaction).await?;
        Ok(output.map(|output| (transaction, output)))
    });
    task.await.map_err(|_| EngineError::TaskLost)?
}

/// As [`transact`], where the caller is a task that nobody cancels, and keeps the transaction.
pub(crate) async fn run_with_retry<T: Transaction>(
    core: &Arc<Core>,
    customer: CustomerKey,
    transaction: &mut T,
) -> EngineResult<Option<T::Output>> {
    let mut attempt = 1;
    loop {
        match run_attempt(core, customer, transaction).await {
            Err(error) if is_conflict(&error) && attempt < core.limits.conflict_attempts => {
                tracing::debug!(attempt, "transaction conflict, trying again");
                tokio::time::sleep(backoff(&*core.ids, attempt)).await;
                attempt += 1;
            }
            done => return done,
        }
    }
}

async fn run_attempt<T: Transaction>(
    core: &Arc<Core>,
    customer: CustomerKey,
    transaction: &mut T,
) -> EngineResult<Option<T::Output>> {
    let Some(mut tx) = core.store.lock_customer(customer).await? else {
        return Ok(None);
    };
    transaction.on_locked(core.clock.now());
    let mut output = transaction.run(&mut *tx).await?;
    let allocation = allocate_freed_seats(core, &mut *tx).await?;
    if allocation.served {
        transaction
            .on_waitlist_served(&mut *tx, &mut output)
            .await?;
    }
    if mutant_enabled(Mutant::AnswerBeforeCommit) {
        tokio::spawn(tx.commit());
        return Ok(Some(output));
    }
    tx.commit().await?;
    if allocation.more {
        core.queues_due.notify_one();
    }
    Ok(Some(output))
}

fn is_conflict(error: &EngineError) -> bool {
    matches!(error, EngineError::Unavailable(StoreError::Conflict(_)))
        || (mutant_enabled(Mutant::UnknownCommitRepeated)
            && matches!(error, EngineError::OutcomeUnknown(_)))
}

/// Doubles from 4 ms, with up to as much again by chance, so that rivals part.
fn backoff(chance: &dyn IdSource, attempt: u32) -> Duration {
    let base = 2_u64 << attempt.min(7);
    let chance = chance.random().as_u64_pair().0 % base;
    Duration::from_millis(base + chance)
}

#[cfg(test)]
mod tests;
