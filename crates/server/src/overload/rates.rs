use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::error::{ServerError, ServerResult};

/// Bits of an IPv6 address that its holder chooses at will.
const HOST_BITS: u32 = 64;

type Limiter = RateLimiter<IpAddr, DashMapStateStore<IpAddr>, DefaultClock, NoOpMiddleware>;

/// How many calls each caller makes. Until callers authenticate, a caller is the address it calls
/// from.
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
    pub(crate) fn count(&self, peer: IpAddr) -> ServerResult<()> {
        let caller = caller(peer);
        self.limiter.check_key(&caller).map_err(|refused| {
            let retry = refused.wait_time_from(self.limiter.clock().now());
            ServerError::TooManyCallsOfCaller {
                caller,
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

/// Whom the calls from an address are counted for: all addresses that one caller has at its hand are
/// one.
fn caller(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let network = address.to_bits() >> HOST_BITS << HOST_BITS;
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(calls_per_second: u32) -> CallerRates {
        CallerRates::new(NonZeroU32::new(calls_per_second).unwrap())
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
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
    fn addresses_of_one_caller_are_counted_together() {
        for (one, other) in [
            ("2001:db8::1", "2001:db8::ffff:1"),
            ("192.0.2.1", "::ffff:192.0.2.1"),
        ] {
            assert_eq!(caller(address(one)), caller(address(other)));
        }
        assert_ne!(
            caller(address("2001:db8::1")),
            caller(address("2001:db8:0:1::1"))
        );
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
