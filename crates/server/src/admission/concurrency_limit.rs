use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::{CallerKey, LimitPermit, Quota, SharedLimit};
use crate::error::{ServerError, ServerResult};
use crate::limits::{RETRY_OVERLOADED_MAX, RETRY_OVERLOADED_MIN};

/// The weight of the mean latency: each call moves the mean by 1/`MEAN_WEIGHT` of its difference.
const MEAN_WEIGHT: u64 = 16;

/// Limits the calls under way: at work, waiting for a lock or a connection, or with a response that
/// their caller has not read yet.
#[derive(Debug, Clone)]
pub(crate) struct ConcurrencyLimit {
    limit: Arc<SharedLimit>,
    mean_micros: Arc<AtomicU64>,
}

/// The permit of one call; dropping it releases the permit.
#[derive(Debug)]
pub(crate) struct CallPermit {
    _permit: LimitPermit,
    begun: Instant,
    mean_micros: Arc<AtomicU64>,
}

impl ConcurrencyLimit {
    /// A limit of `max` calls in all, and of `per_caller_max` for one caller.
    pub(crate) fn new(max: usize, per_caller_max: usize) -> Self {
        Self {
            limit: SharedLimit::new(max, per_caller_max),
            mean_micros: Arc::default(),
        }
    }

    /// Acquires a permit for a caller.
    ///
    /// # Errors
    /// [`ServerError::QuotaExceeded`] when no permit is free: in an unbounded queue, callers would
    /// wait longer than they are willing to.
    pub(crate) fn acquire(&self, caller: CallerKey) -> ServerResult<CallPermit> {
        match self.limit.acquire(caller, 1) {
            Ok(permit) => Ok(CallPermit {
                _permit: permit,
                begun: Instant::now(),
                mean_micros: Arc::clone(&self.mean_micros),
            }),
            Err(exceeded) => Err(ServerError::QuotaExceeded {
                quota: Quota::Calls,
                exceeded,
                caller,
                retry: self.retry_after(),
            }),
        }
    }

    /// The delay after which a caller may retry: about the mean latency of a call.
    fn retry_after(&self) -> Duration {
        Duration::from_micros(self.mean_micros.load(Ordering::Relaxed))
            .clamp(RETRY_OVERLOADED_MIN, RETRY_OVERLOADED_MAX)
    }
}

impl CallPermit {
    /// Records the latency of a call when its response is ready. The time that its caller takes to
    /// read is not part of it.
    pub(crate) fn record_latency(&self) {
        let taken = u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let moved = |mean| Some(moved_mean(mean, taken));
        let (order, read) = (Ordering::Relaxed, Ordering::Relaxed);
        // The update never fails, because the function always returns a value.
        let _ = self.mean_micros.fetch_update(order, read, moved);
    }
}

fn moved_mean(mean: u64, taken: u64) -> u64 {
    if mean == 0 {
        return taken;
    }
    mean - mean / MEAN_WEIGHT + taken / MEAN_WEIGHT
}

#[cfg(test)]
mod tests {
    use super::super::Exceeded;
    use super::*;

    fn caller() -> CallerKey {
        CallerKey::of_address([192, 0, 2, 1].into())
    }

    #[test]
    fn a_dropped_permit_is_free_again() {
        let limit = ConcurrencyLimit::new(1, 1);
        let permit = limit.acquire(caller()).unwrap();
        assert!(limit.acquire(caller()).is_err());
        drop(permit);
        assert!(limit.acquire(caller()).is_ok());
    }

    #[test]
    fn the_retry_delay_is_the_mean_latency() {
        let limit = ConcurrencyLimit::new(0, 0);
        limit.mean_micros.store(700_000, Ordering::Relaxed);
        let Err(ServerError::QuotaExceeded {
            exceeded: Exceeded::Server(0),
            retry,
            ..
        }) = limit.acquire(caller())
        else {
            panic!("there is no permit");
        };
        assert_eq!(retry, Duration::from_millis(700));
    }

    #[test]
    fn the_retry_delay_is_bounded() {
        let limit = ConcurrencyLimit::new(0, 0);
        assert_eq!(limit.retry_after(), RETRY_OVERLOADED_MIN);
        limit.mean_micros.store(u64::MAX, Ordering::Relaxed);
        assert_eq!(limit.retry_after(), RETRY_OVERLOADED_MAX);
    }

    #[test]
    fn the_mean_follows_the_latency_of_calls() {
        assert_eq!(moved_mean(0, 500), 500);
        assert_eq!(moved_mean(1_600, 3_200), 1_700);
        assert_eq!(moved_mean(1_600, 0), 1_500);
    }
}
