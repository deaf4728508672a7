use async_trait::async_trait;
use seatkeeper_domain::{BatchKey, Timestamp};
use seatkeeper_failpoints::{Point, fail_point};
use seatkeeper_store::{CustomerTx, EndedBatch};

use super::log_failure;
use crate::transaction::Transaction;
use crate::{Engine, EngineResult};

/// Ended batches that one query returns.
const ENDED_PAGE: usize = 64;

impl Engine {
    /// Removes batches past their retention, those with the earliest end first.
    pub(crate) async fn remove_ended_batches(&self) -> EngineResult<()> {
        let Some(until) = self.cutoff(self.core.limits.batch_retention) else {
            return Ok(());
        };
        let mut after = None;
        loop {
            let ended = self
                .core
                .store
                .ended_batches(until, after, ENDED_PAGE)
                .await?;
            let Some(last) = ended.last() else {
                return Ok(());
            };
            after = Some(*last);
            for ended_batch in ended {
                // The other batches must not wait for one that can't be removed.
                let removed = self.remove_batch(ended_batch, until).await;
                log_failure(removed, "could not remove an ended batch; will retry");
                if self.core.tasks.is_stopping() {
                    return Ok(());
                }
            }
        }
    }

    /// Removes one batch in several transactions. Other transactions may run in between.
    async fn remove_batch(&self, ended: EndedBatch, until: Timestamp) -> EngineResult<()> {
        while !self.core.tasks.is_stopping() {
            let step = RemoveStep {
                batch: ended.batch,
                until,
                segments_max: self.core.limits.segments_removed_per_step,
            };
            let removed = self.transact(ended.customer, step).await?;
            fail_point(Point::RetentionCommitted);
            match removed {
                Some((_, RemoveOutcome::Begun)) => {}
                Some((_, RemoveOutcome::Done)) => {
                    let (customer, batch) = (ended.customer.0, ended.batch.0);
                    tracing::debug!(customer, batch, "removed an ended batch");
                    return Ok(());
                }
                Some((_, RemoveOutcome::Refused)) | None => return Ok(()),
            }
        }
        Ok(())
    }
}

/// Removes a part of a batch, unless an unfinished batch refers to it.
struct RemoveStep {
    batch: BatchKey,
    until: Timestamp,
    segments_max: usize,
}

/// The result of a step.
enum RemoveOutcome {
    /// A part of the batch is left.
    Begun,
    /// The batch is removed completely.
    Done,
    /// The batch is still needed.
    Refused,
}

#[async_trait]
impl Transaction for RemoveStep {
    type Output = RemoveOutcome;

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<RemoveOutcome> {
        let is_needed = match tx.batch(self.batch).await? {
            None => false,
            Some(found) => {
                found.end_time.is_none_or(|end| end > self.until) || self.is_referred_to(tx).await?
            }
        };
        if is_needed {
            return Ok(RemoveOutcome::Refused);
        }
        let done = tx.remove_batch(self.batch, self.segments_max).await?;
        Ok(if done {
            RemoveOutcome::Done
        } else {
            RemoveOutcome::Begun
        })
    }
}

impl RemoveStep {
    /// Whether an unfinished batch retries or reverts this one.
    async fn is_referred_to(&self, tx: &mut dyn CustomerTx) -> EngineResult<bool> {
        let unfinished = tx.unfinished_batches().await?;
        let mut references = unfinished.iter().flat_map(|batch| batch.spec.references());
        Ok(references.any(|reference| reference.key == self.batch))
    }
}
