use std::sync::Arc;

use super::{CallerKey, LimitPermit, Quota, SharedLimit};
use crate::error::{ServerError, ServerResult};
use crate::limits::RETRY_QUOTA;

/// Limits the open response streams.
#[derive(Debug, Clone)]
pub(crate) struct StreamLimit(Arc<SharedLimit>);

impl StreamLimit {
    /// A limit of `max` streams in all, and of `per_caller_max` for one caller.
    pub(crate) fn new(max: usize, per_caller_max: usize) -> Self {
        Self(SharedLimit::new(max, per_caller_max))
    }

    /// Acquires a permit for a caller.
    ///
    /// # Errors
    /// [`ServerError::QuotaExceeded`] when no permit is free.
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
