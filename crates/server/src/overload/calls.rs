use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::{CallerKey, Quota, Share, Shares};
use crate::error::{ServerError, ServerResult};
use crate::limits::{RETRY_SHED_MAX, RETRY_SHED_MIN};

/// Each call moves the mean by this part of its difference to it.
const MEAN_WEIGHT: u64 = 16;

/// The calls that may be under way at once: at work, waiting for a lock or a connection, or with an
/// answer that their caller has not read yet.
#[derive(Debug, Clone)]
pub(crate) struct CallSlots {
    shares: Arc<Shares>,
    mean_micros: Arc<AtomicU64>,
}

/// A call under way, until it is dropped.
#[derive(Debug)]
pub(crate) struct CallSlot {
    _share: Share,
    begun: Instant,
    mean_micros: Arc<AtomicU64>,
}

impl CallSlots {
    /// Slots for `max` calls, of which one caller may have `per_caller_max`.
    pub(crate) fn new(max: usize, per_caller_max: usize) -> Self {
        Self {
            shares: Shares::new(max, per_caller_max),
            mean_micros: Arc::default(),
        }
    }

    /// Takes a slot for a caller.
    ///
    /// # Errors
    /// [`ServerError::QuotaExceeded`] when none is free: in a queue without an end every caller
    /// would wait for longer than it does.
    pub(crate) fn take(&self, caller: CallerKey) -> ServerResult<CallSlot> {
        match self.shares.take(caller, 1) {
            Ok(share) => Ok(CallSlot {
                _share: share,
                begun: Instant::now(),
                mean_micros: Arc::clone(&self.mean_micros),
            }),
            Err(exceeded) => Err(ServerError::QuotaExceeded {
                quota: Quota::Calls,
                exceeded,
                caller,
                retry: self.turnover(),
            }),
        }
    }

    /// How long it takes until as many calls have ended as are under way: the time of one.
    fn turnover(&self) -> Duration {
        Duration::from_micros(self.mean_micros.load(Ordering::Relaxed))
            .clamp(RETRY_SHED_MIN, RETRY_SHED_MAX)
    }
}

impl CallSlot {
    /// Notes that the call has its answer. What its caller then takes to read it says nothing about
    /// how long calls take.
    pub(crate) fn answered(&self) {
        let taken = u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let moved = |mean| Some(moved_mean(mean, taken));
        let (order, read) = (Ordering::Relaxed, Ordering::Relaxed);
        // It always has a value to write.
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
    fn a_slot_that_is_dropped_is_free_again() {
        let slots = CallSlots::new(1, 1);
        let slot = slots.take(caller()).unwrap();
        assert!(slots.take(caller()).is_err());
        drop(slot);
        assert!(slots.take(caller()).is_ok());
    }

    #[test]
    fn the_time_to_come_back_is_what_calls_take() {
        let slots = CallSlots::new(0, 0);
        slots.mean_micros.store(700_000, Ordering::Relaxed);
        let Err(ServerError::QuotaExceeded {
            exceeded: Exceeded::Server(0),
            retry,
            ..
        }) = slots.take(caller())
        else {
            panic!("there is no slot");
        };
        assert_eq!(retry, Duration::from_millis(700));
    }

    #[test]
    fn the_time_to_come_back_is_bounded() {
        let slots = CallSlots::new(0, 0);
        assert_eq!(slots.turnover(), RETRY_SHED_MIN);
        slots.mean_micros.store(u64::MAX, Ordering::Relaxed);
        assert_eq!(slots.turnover(), RETRY_SHED_MAX);
    }

    #[test]
    fn the_mean_follows_what_calls_take() {
        assert_eq!(moved_mean(0, 500), 500);
        assert_eq!(moved_mean(1_600, 3_200), 1_700);
        assert_eq!(moved_mean(1_600, 0), 1_500);
    }
}
