//! Upkeep: what was kept for as long as configured is removed, in steps that others can wait for.

mod batches;
mod journal;
mod requests;

use std::sync::Arc;
use std::time::Duration;

use seatkeeper_domain::Timestamp;

use crate::EngineResult;
use crate::engine::Shared;

impl Shared {
    /// Removes what was kept long enough, now and from time to time.
    pub(crate) fn keep_up(self: &Arc<Self>) {
        let shared = Arc::clone(self);
        self.batches.tasks.spawn(async move {
            loop {
                let removed = shared.remove_ended_batches().await;
                told(removed, "could not look for batches to remove");
                let removed = shared.remove_old_requests().await;
                told(removed, "could not look for request ids to forget");
                let removed = shared.remove_old_entries().await;
                told(removed, "could not look for journal entries to remove");
                let replaced = shared.replace_old_token_key().await;
                told(replaced, "could not replace the key of page tokens");
                tokio::select! {
                    biased;
                    () = shared.batches.stop.cancelled() => return,
                    () = tokio::time::sleep(shared.limits.upkeep_interval) => {}
                }
            }
        });
    }

    /// The moment before which things have been kept for so long; `None` when they are kept for
    /// ever.
    fn kept_until(&self, retention: Option<Duration>) -> Option<Timestamp> {
        let kept = i64::try_from(retention?.as_micros()).ok()?;
        let now = self.clock.now().as_micros();
        Some(Timestamp::from_micros(now.saturating_sub(kept)))
    }
}

/// Logs what went wrong: it is tried again next time.
fn told(result: EngineResult<()>, message: &str) {
    if let Err(error) = result {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, message);
    }
}
