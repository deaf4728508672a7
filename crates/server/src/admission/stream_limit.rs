use std::sync::Arc;

use super::{CallerKey, LimitPermit, Quota, SharedLimit};
use crate::error::{ServerError, ServerResult};
use crate::limits::RETRY_QUOTA;

/// The streams of answers that may be open at once.
#[derive(Debug, Clone)]
pub(crate) struct StreamLimit(Arc<SharedLimit>);

impl StreamLimit {
    /// A limit of `max` streams, of which one caller may have `per_caller_max`.
    pub(crate) fn new(max: usize, per_caller_max: usize) -> Self {
        Self(SharedLimit::new(max, per_caller_max))
    }

    /// Takes a permit for a caller.
    ///
    /// # Errors
    /// [`ServerError::QuotaExceeded`] when none is free.
    pub(crate) fn acquire(&self, caller: CallerKey) -> ServerResult<LimitPermit> {
        let permit = self.0.acquire(caller, 1);
        permit.map_err(|exceeded| ServerError::QuotaExceeded {
            quota: Quota::Streams,
            exceeded,
            caller,
            retry: RETRY_QUOTA,
        })
    }
}
