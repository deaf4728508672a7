use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{ServerError, ServerResult};
use crate::limits::{RETRY_SHED_MAX, RETRY_SHED_MIN};

/// Each call moves the mean by this part of its difference to it.
const MEAN_WEIGHT: u64 = 16;

/// The calls that may be under way at once: at work, or waiting for a lock or a connection.
#[derive(Debug, Clone)]
pub(crate) struct CallSlots {
    slots: Arc<Semaphore>,
    max: usize,
    mean_micros: Arc<AtomicU64>,
}

/// A call under way, until it is dropped.
#[derive(Debug)]
pub(crate) struct CallSlot {
    _permit: OwnedSemaphorePermit,
    begun: Instant,
    mean_micros: Arc<AtomicU64>,
}

impl CallSlots {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(max)),
            max,
            mean_micros: Arc::default(),
        }
    }

    /// Takes a slot, if one is free.
    ///
    /// # Errors
    /// [`ServerError::TooManyCalls`] otherwise: a queue that grows without end makes everybody wait
    /// for longer than they will.
    pub(crate) fn take(&self) -> ServerResult<CallSlot> {
        match Arc::clone(&self.slots).try_acquire_owned() {
            Ok(permit) => Ok(CallSlot {
                _permit: permit,
                begun: Instant::now(),
                mean_micros: Arc::clone(&self.mean_micros),
            }),
            Err(_) => Err(ServerError::TooManyCalls {
                max: self.max,
                retry: self.turnover(),
            }),
        }
    }

    /// How long it takes until as many calls have ended as are under way: what one takes.
    fn turnover(&self) -> Duration {
        Duration::from_micros(self.mean_micros.load(Ordering::Relaxed))
            .clamp(RETRY_SHED_MIN, RETRY_SHED_MAX)
    }
}

impl Drop for CallSlot {
    fn drop(&mut self) {
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
    use super::*;

    #[test]
    fn a_slot_that_is_dropped_is_free_again() {
        let slots = CallSlots::new(1);
        let slot = slots.take().unwrap();
        assert!(slots.take().is_err());
        drop(slot);
        assert!(slots.take().is_ok());
    }

    #[test]
    fn the_time_to_come_back_is_what_calls_take() {
        let slots = CallSlots::new(0);
        slots.mean_micros.store(700_000, Ordering::Relaxed);
        let Err(ServerError::TooManyCalls { max: 0, retry }) = slots.take() else {
            panic!("there is no slot");
        };
        assert_eq!(retry, Duration::from_millis(700));
    }

    #[test]
    fn the_time_to_come_back_is_bounded() {
        let slots = CallSlots::new(0);
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
