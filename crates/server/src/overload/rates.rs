use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use super::CallerKey;
use crate::error::{ServerError, ServerResult};

type Limiter = RateLimiter<CallerKey, DashMapStateStore<CallerKey>, DefaultClock, NoOpMiddleware>;

/// How many calls each caller makes.
#[derive(Debug)]
pub(crate) struct CallerRates {
    limiter: Limiter,
    calls_per_second: NonZeroU32,
}

impl CallerRates {
    /// So many calls a second for each caller, and as many at once after a second of silence.
    pub(crate) fn new(calls_per_second: NonZeroU32) -> Self {
        Self {
            limiter: RateLimiter::dashmap(Quota::per_second(calls_per_second)),
            calls_per_second,
        }
    }

    /// Counts a call.
    ///
    /// # Errors
    /// [`ServerError::TooManyCallsOfCaller`] when the caller made too many, with how long until it
    /// may make the next.
    pub(crate) fn count(&self, caller: CallerKey) -> ServerResult<()> {
        self.limiter.check_key(&caller).map_err(|refused| {
            let retry = refused.wait_time_from(self.limiter.clock().now());
            ServerError::TooManyCallsOfCaller {
                caller: caller.address(),
                calls_per_second: self.calls_per_second.get(),
                // Delays are told in whole milliseconds at least, and none would say "now".
                retry: retry.max(Duration::from_millis(1)),
            }
        })
    }

    /// Forgets callers whose calls count no more.
    pub(crate) fn forget_the_silent(&self) {
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

    fn rates(calls_per_second: u32) -> CallerRates {
        CallerRates::new(NonZeroU32::new(calls_per_second).unwrap())
    }

    fn address(text: &str) -> CallerKey {
        CallerKey::of_address(text.parse().unwrap())
    }

    #[test]
    fn a_caller_who_makes_too_many_calls_is_told_when_the_next_may_be_made() {
        let rates = rates(1);
        let peer = address("192.0.2.1");
        rates.count(peer).unwrap();
        let Err(ServerError::TooManyCallsOfCaller { retry, .. }) = rates.count(peer) else {
            panic!("the second call within a second is refused");
        };
        assert!(retry > Duration::from_millis(500) && retry <= Duration::from_secs(1));
    }

    #[test]
    fn callers_are_counted_apart() {
        let rates = rates(1);
        rates.count(address("192.0.2.1")).unwrap();
        assert!(rates.count(address("192.0.2.2")).is_ok());
    }

    #[test]
    fn a_caller_who_is_silent_is_forgotten() {
        let rates = rates(1_000_000);
        rates.count(address("192.0.2.1")).unwrap();
        assert_eq!(rates.len(), 1);
        std::thread::sleep(Duration::from_millis(20));
        rates.forget_the_silent();
        assert_eq!(rates.len(), 0);
    }
}
