use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use seatkeeper_domain::Timestamp;
use seatkeeper_engine::{Clock, SystemClock};

pub(crate) const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// The machine's clock, which a test can move forward.
#[derive(Debug)]
pub(crate) struct TestClock {
    ahead: AtomicI64,
    begun: Timestamp,
}

impl TestClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            ahead: AtomicI64::new(0),
            begun: SystemClock.now(),
        })
    }

    /// The time `days` days after the test began.
    pub(crate) fn day(&self, days: i64) -> Timestamp {
        self.begun.plus_micros(days * DAY)
    }

    /// Moves the clock forward by `days` days.
    pub(crate) fn pass(&self, days: i64) {
        self.ahead.fetch_add(days * DAY, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        SystemClock
            .now()
            .plus_micros(self.ahead.load(Ordering::SeqCst))
    }
}
