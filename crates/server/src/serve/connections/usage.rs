use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// How much a connection is used. A call is use from its first byte until its response has ended;
/// keepalive frames are not use.
#[derive(Debug)]
pub(super) struct Usage {
    begun: Instant,
    open: AtomicUsize,
    /// When the last call ended, in microseconds since the connection began.
    last_end: AtomicU64,
}

/// A call of a connection; dropping it ends the call.
#[derive(Debug)]
pub(super) struct OpenCall(Arc<Usage>);

impl Usage {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            begun: Instant::now(),
            open: AtomicUsize::new(0),
            last_end: AtomicU64::new(0),
        })
    }

    pub(super) fn call(self: &Arc<Self>) -> OpenCall {
        self.open.fetch_add(1, Ordering::Relaxed);
        OpenCall(Arc::clone(self))
    }

    /// Waits until the connection has been without calls for `idle_timeout`, starting now.
    pub(super) async fn idle_for(&self, idle_timeout: Duration) {
        let mut since = Instant::now();
        loop {
            match since.checked_add(idle_timeout) {
                Some(end) => sleep_until(end).await,
                None => pending().await,
            }
            let last_use = if self.open.load(Ordering::Acquire) > 0 {
                Instant::now()
            } else {
                self.last_end().max(since)
            };
            if last_use == since {
                return;
            }
            since = last_use;
        }
    }

    fn last_end(&self) -> Instant {
        let micros = self.last_end.load(Ordering::Relaxed);
        self.begun + Duration::from_micros(micros)
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        let elapsed = self.0.begun.elapsed().as_micros();
        let elapsed = u64::try_from(elapsed).unwrap_or(u64::MAX);
        self.0.last_end.fetch_max(elapsed, Ordering::Relaxed);
        self.0.open.fetch_sub(1, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{sleep, timeout};

    use super::*;

    const IDLE_TIMEOUT: Duration = Duration::from_secs(10);

    /// The time until the connection has been idle for long enough.
    async fn idle_after(usage: &Usage) -> Duration {
        let begun = Instant::now();
        usage.idle_for(IDLE_TIMEOUT).await;
        begun.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_without_calls_is_idle_after_the_whole_time() {
        let usage = Usage::new();
        sleep(IDLE_TIMEOUT).await;
        let waited = idle_after(&usage).await;
        assert!(
            waited >= IDLE_TIMEOUT && waited < IDLE_TIMEOUT * 2,
            "{waited:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_with_an_open_call_is_never_idle() {
        let usage = Usage::new();
        let _open = usage.call();
        let idle = timeout(IDLE_TIMEOUT * 1_000, usage.idle_for(IDLE_TIMEOUT));
        assert!(idle.await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_counts_from_the_end_of_the_last_call() {
        let usage = Usage::new();
        let (long, short) = (usage.call(), usage.call());
        let calls = async {
            sleep(IDLE_TIMEOUT / 2).await;
            drop(short);
            sleep(IDLE_TIMEOUT).await;
            drop(long);
        };
        let (waited, ()) = tokio::join!(idle_after(&usage), calls);
        let expected = IDLE_TIMEOUT * 5 / 2;
        assert!(
            waited >= expected && waited < expected + IDLE_TIMEOUT / 10,
            "{waited:?}"
        );
    }
}
