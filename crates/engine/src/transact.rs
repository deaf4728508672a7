use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use seatkeeper_domain::CustomerKey;
use seatkeeper_fault::{Bug, planted};
use seatkeeper_store::{CustomerTx, Store, StoreError};

use crate::{EngineError, EngineResult, IdSource};

/// Something done in one transaction under a customer's lock.
///
/// `run` may be called again after a conflict, on a new transaction: it must not keep anything in
/// `self` that only a commit makes true.
#[async_trait]
pub(crate) trait Work: Send + 'static {
    /// What it comes to.
    type Output: Send + 'static;

    /// Does it. After an error nothing is committed.
    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<Self::Output>;
}

/// How often a transaction is tried that lost against another one, and how long between.
pub(crate) struct Retries {
    pub(crate) attempts_max: u32,
    pub(crate) chance: Arc<dyn IdSource>,
}

impl Retries {
    /// Doubles from 4 ms, with up to as much again by chance, so that rivals part.
    fn backoff(&self, attempt: u32) -> Duration {
        let base = 2_u64 << attempt.min(7);
        let chance = self.chance.random().as_u64_pair().0 % base;
        Duration::from_millis(base + chance)
    }
}

/// Carries out `work` and commits it, or returns its error with nothing changed.
///
/// The transaction lives in a task of its own: a caller who hangs up neither cuts it in the
/// middle nor leaves it open in a pool. `None` when the customer does not exist.
pub(crate) async fn transact<W: Work>(
    store: Arc<dyn Store>,
    retries: Retries,
    customer: CustomerKey,
    mut work: W,
) -> EngineResult<Option<(W, W::Output)>> {
    let task = tokio::spawn(async move {
        let mut attempt = 1;
        loop {
            match once(&*store, customer, &mut work).await {
                Ok(output) => return Ok(output.map(|output| (work, output))),
                Err(error) if is_conflict(&error) && attempt < retries.attempts_max => {
                    tracing::debug!(attempt, "transaction conflict, trying again");
                    tokio::time::sleep(retries.backoff(attempt)).await;
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        }
    });
    task.await.map_err(|_| EngineError::TaskLost)?
}

async fn once<W: Work>(
    store: &dyn Store,
    customer: CustomerKey,
    work: &mut W,
) -> EngineResult<Option<W::Output>> {
    let Some(mut tx) = store.lock_customer(customer).await? else {
        return Ok(None);
    };
    let output = work.run(&mut *tx).await?;
    if planted(Bug::AnswerBeforeCommit) {
        tokio::spawn(tx.commit());
        return Ok(Some(output));
    }
    tx.commit().await?;
    Ok(Some(output))
}

fn is_conflict(error: &EngineError) -> bool {
    matches!(error, EngineError::Unavailable(StoreError::Conflict(_)))
        || (planted(Bug::UnknownCommitRepeated) && matches!(error, EngineError::OutcomeUnknown(_)))
}
