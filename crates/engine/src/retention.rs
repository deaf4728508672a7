//! Retention: data is removed when its retention period has passed, in steps short enough for other
//! callers to wait for.

mod batches;
mod idempotency;
mod journal;

use std::time::Duration;

use seatkeeper_domain::Timestamp;

use crate::{Engine, EngineResult};

impl Engine {
    /// Data older than this time is past its retention; `None` when it is kept forever.
    fn cutoff(&self, retention: Option<Duration>) -> Option<Timestamp> {
        let kept = i64::try_from(retention?.as_micros()).ok()?;
        let now = self.core.clock.now().as_micros();
        Some(Timestamp::from_micros(now.saturating_sub(kept)))
    }
}

/// Logs the failure of one item. The next run retries it.
fn log_failure(result: EngineResult<()>, message: &str) {
    if let Err(error) = result {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, message);
    }
}
