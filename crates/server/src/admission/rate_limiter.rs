use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use super::CallerKey;
use crate::error::{ServerError, ServerResult};

type Limiter = RateLimiter<CallerKey, DashMapStateStore<CallerKey>, DefaultClock, NoOpMiddleware>;

/// The rate limit of each caller, in calls per second.
#[derive(Debug)]
pub(crate) struct CallerRateLimiter {
    limiter: Limiter,
    calls_per_second: NonZeroU32,
}

impl CallerRateLimiter {
    /// A limit of `calls_per_second` for each caller. After a second without calls, a burst of the
    /// same number is allowed.
    pub(crate) fn new(calls_per_second: NonZeroU32) -> Self {
        Self {
            limiter: RateLimiter::dashmap(Quota::per_second(calls_per_second)),
            calls_per_second,
        }
    }

    /// Counts a call.
    ///
    /// # Errors
    /// [`ServerError::TooManyCallsOfCaller`] when the caller exceeds its rate limit, with the delay
    /// until its next call.
    pub(crate) fn check(&self, caller: CallerKey) -> ServerResult<()> {
        self.limiter.check_key(&caller).map_err(|refused| {
            let retry = refused.wait_time_from(self.limiter.clock().now());
            ServerError::TooManyCallsOfCaller {
                caller: caller.address(),
                calls_per_second: self.calls_per_second.get(),
                // A delay of zero would mean "now", so it is at least one millisecond.
                retry: retry.max(Duration::from_millis(1)),
            }
        })
    }

    /// Evicts callers without a recent call.
    pub(crate) fn evict_idle(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.limiter.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(calls_per_second: u32) -> CallerRateLimiter {
        CallerRateLimiter::new(NonZeroU32::new(calls_per_second).unwrap())
    }

    fn address(text: &str) -> CallerKey {
        CallerKey::of_address(text.parse().unwrap())
    }

    #[test]
    fn a_caller_over_its_rate_gets_a_retry_delay() {
        let limiter = limiter(1);
        let peer = address("192.0.2.1");
        limiter.check(peer).unwrap();
        let Err(ServerError::TooManyCallsOfCaller { retry, .. }) = limiter.check(peer) else {
            panic!("the second call within a second is rejected");
        };
        assert!(retry > Duration::from_millis(500) && retry <= Duration::from_secs(1));
    }

    #[test]
    fn callers_are_counted_apart() {
        let limiter = limiter(1);
        limiter.check(address("192.0.2.1")).unwrap();
        assert!(limiter.check(address("192.0.2.2")).is_ok());
    }

    #[test]
    fn an_idle_caller_is_evicted() {
        let limiter = limiter(1_000_000);
        limiter.check(address("192.0.2.1")).unwrap();
        assert_eq!(limiter.len(), 1);
        std::thread::sleep(Duration::from_millis(20));
        limiter.evict_idle();
        assert_eq!(limiter.len(), 0);
    }
}
