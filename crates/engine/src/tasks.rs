use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::backoff::backoff;

/// The pauses between retries while the store does not respond.
const RETRY_PAUSE_FIRST: Duration = Duration::from_millis(20);
const RETRY_PAUSE_MAX: Duration = Duration::from_secs(1);

/// The tasks of an engine, and the signal that stops them.
#[derive(Default)]
pub(crate) struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Tasks {
    /// Spawns a task that a drain waits for.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.tracker.spawn(task)
    }

    /// Whether the server drains.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Waits until the server drains.
    pub(crate) async fn stopping(&self) {
        self.stop.cancelled().await;
    }

    /// Waits before the retry of the failed attempt number `attempt`, counted from 1; returns true
    /// if the server began to drain in that time.
    pub(crate) async fn stopping_before_retry(&self, attempt: u32) -> bool {
        let pause = backoff(RETRY_PAUSE_FIRST, RETRY_PAUSE_MAX, attempt);
        tokio::time::timeout(pause, self.stopping()).await.is_ok()
    }

    /// Runs `work` until its end, or until the server drains; then it returns `None`.
    pub(crate) async fn until_stopping<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.stop.run_until_cancelled(work).await
    }

    /// Stops the tasks, and waits for their end. Returns whether they ended within `deadline`.
    pub(crate) async fn drain(&self, deadline: Duration) -> bool {
        self.stop.cancel();
        self.tracker.close();
        tokio::time::timeout(deadline, self.tracker.wait())
            .await
            .is_ok()
    }
}
