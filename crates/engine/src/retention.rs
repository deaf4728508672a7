//! Retention: data is removed when its retention period has passed, in steps short enough for other
//! callers to wait for.

mod batches;
mod idempotency;
mod journal;

use std::time::Duration;

use seatkeeper_domain::Timestamp;

use crate::{Engine, EngineResult};

impl Engine {
    /// Spawns the background job that removes data past its retention, at start and once per
    /// [`crate::Limits::retention_interval`].
    pub(crate) fn spawn_retention_job(&self) {
        let engine = self.clone();
        self.core.batches.tasks.spawn(async move {
            loop {
                let removed = engine.remove_ended_batches().await;
                log_failure(removed, "could not find batches to remove; will retry");
                let removed = engine.delete_old_idempotency_records().await;
                log_failure(removed, "could not find request ids to delete; will retry");
                let removed = engine.remove_old_entries().await;
                log_failure(removed, "could not find old journal entries; will retry");
                let replaced = engine.replace_old_token_key().await;
                log_failure(replaced, "could not replace the page token key; will retry");
                tokio::select! {
                    biased;
                    () = engine.core.batches.stop.cancelled() => return,
                    () = tokio::time::sleep(engine.core.limits.retention_interval) => {}
                }
            }
        });
    }

    /// Data older than this time is past its retention; `None` when it is kept forever.
    fn cutoff(&self, retention: Option<Duration>) -> Option<Timestamp> {
        let kept = i64::try_from(retention?.as_micros()).ok()?;
        let now = self.core.clock.now().as_micros();
        Some(Timestamp::from_micros(now.saturating_sub(kept)))
    }
}

/// Logs a failed step. The next run retries it.
fn log_failure(result: EngineResult<()>, message: &str) {
    if let Err(error) = result {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, message);
    }
}
