use std::sync::{Arc, PoisonError};

use crate::engine::Shared;
use crate::{EngineError, EngineResult, LimitKind};

/// Room for one more batch on this server, kept until the batch is driven or given up.
pub(super) struct Opening {
    shared: Arc<Shared>,
}

impl Shared {
    /// Takes room for one more batch.
    ///
    /// # Errors
    /// [`EngineError::Limit`] when this server has as many as it may: those it drives, and those whose
    /// users are being written down.
    pub(super) fn open_batch(self: &Arc<Self>) -> EngineResult<Opening> {
        let driving = self.batches.driving.lock();
        let driving = driving.unwrap_or_else(PoisonError::into_inner);
        let mut opening = self.batches.opening();
        let max = self.limits.batches_unfinished_per_server_max;
        let unfinished = driving.len() + *opening;
        if unfinished >= max {
            return Err(EngineError::Limit {
                kind: LimitKind::ServerBatches,
                given: count(unfinished).saturating_add(1),
                max: count(max),
            });
        }
        *opening += 1;
        Ok(Opening {
            shared: Arc::clone(self),
        })
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        *self.shared.batches.opening() -= 1;
    }
}

fn count(batches: usize) -> i64 {
    i64::try_from(batches).unwrap_or(i64::MAX)
}
