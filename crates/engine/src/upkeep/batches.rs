use std::sync::Arc;

use async_trait::async_trait;
use seatkeeper_domain::{BatchKey, Timestamp};
use seatkeeper_fault::{Point, pass};
use seatkeeper_store::{CustomerTx, EndedBatch};

use super::told;
use crate::EngineResult;
use crate::engine::Shared;
use crate::transact::Work;

/// Batches looked at in one go.
const ENDED_PAGE: usize = 64;

impl Shared {
    /// Removes batches that ended long enough ago, the longest ended first.
    pub(super) async fn remove_ended_batches(self: &Arc<Self>) -> EngineResult<()> {
        let Some(until) = self.kept_until(self.limits.batch_retention) else {
            return Ok(());
        };
        let mut after = None;
        loop {
            let ended = self.store.ended_batches(until, after, ENDED_PAGE).await?;
            let Some(last) = ended.last() else {
                return Ok(());
            };
            after = Some(*last);
            for place in ended {
                // The others are not to wait for one that can't be removed.
                let removed = self.remove_batch(place, until).await;
                told(removed, "could not remove a batch that has ended");
                if self.batches.stop.is_cancelled() {
                    return Ok(());
                }
            }
        }
    }

    /// Removes one batch, a transaction after the other; others come between.
    async fn remove_batch(
        self: &Arc<Self>,
        place: EndedBatch,
        until: Timestamp,
    ) -> EngineResult<()> {
        while !self.batches.stop.is_cancelled() {
            let step = RemoveStep {
                batch: place.batch,
                until,
                segments_max: self.limits.segments_removed_per_step,
            };
            let removed = self.transact(place.customer, step).await?;
            pass(Point::UpkeepCommitted);
            match removed {
                Some((_, Removal::Begun)) => {}
                Some((_, Removal::Done)) => {
                    let (customer, batch) = (place.customer.0, place.batch.0);
                    tracing::debug!(customer, batch, "removed a batch that had ended");
                    return Ok(());
                }
                Some((_, Removal::Refused)) | None => return Ok(()),
            }
        }
        Ok(())
    }
}

/// Removes a part of a batch, unless another one that goes on refers to it.
struct RemoveStep {
    batch: BatchKey,
    until: Timestamp,
    segments_max: usize,
}

/// What a step came to.
enum Removal {
    /// Something of it is left.
    Begun,
    /// Nothing of it is left.
    Done,
    /// It is still needed.
    Refused,
}

#[async_trait]
impl Work for RemoveStep {
    type Output = Removal;

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<Removal> {
        let is_needed = match tx.batch(self.batch).await? {
            None => false,
            Some(found) => {
                found.end_time.is_none_or(|end| end > self.until) || self.is_referred_to(tx).await?
            }
        };
        if is_needed {
            return Ok(Removal::Refused);
        }
        let done = tx.remove_batch(self.batch, self.segments_max).await?;
        Ok(if done { Removal::Done } else { Removal::Begun })
    }
}

impl RemoveStep {
    /// Whether a batch that goes on tries its users again, or reverts it.
    async fn is_referred_to(&self, tx: &mut dyn CustomerTx) -> EngineResult<bool> {
        let unfinished = tx.unfinished_batches().await?;
        let mut references = unfinished.iter().flat_map(|batch| batch.spec.references());
        Ok(references.any(|reference| reference.key == self.batch))
    }
}
