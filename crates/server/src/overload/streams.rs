use std::sync::Arc;

use super::{CallerKey, Quota, Share, Shares};
use crate::error::{ServerError, ServerResult};
use crate::limits::RETRY_QUOTA;

/// The streams of answers that may be open at once.
#[derive(Debug, Clone)]
pub(crate) struct StreamSlots(Arc<Shares>);

impl StreamSlots {
    /// Slots for `max` streams, of which one caller may have `per_caller_max`.
    pub(crate) fn new(max: usize, per_caller_max: usize) -> Self {
        Self(Shares::new(max, per_caller_max))
    }

    /// Takes a slot for a caller.
    ///
    /// # Errors
    /// [`ServerError::QuotaExceeded`] when none is free.
    pub(crate) fn take(&self, caller: CallerKey) -> ServerResult<Share> {
        let taken = self.0.take(caller, 1);
        taken.map_err(|exceeded| ServerError::QuotaExceeded {
            quota: Quota::Streams,
            exceeded,
            caller,
            retry: RETRY_QUOTA,
        })
    }
}
