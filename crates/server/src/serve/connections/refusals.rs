use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use crate::limits::REFUSALS_LOGGED_INTERVAL;

/// Counts rejections of one kind, so that a flood of them takes few lines in the log.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    /// How many rejections are not logged yet.
    pending: u64,
    logged: Option<Instant>,
}

impl Refusals {
    /// Counts one rejection. When the next log line is due, returns the number of rejections since
    /// the last line.
    pub(super) fn count(&self) -> Option<u64> {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counted.pending += 1;
        let ago = counted.logged.map(|logged| logged.elapsed());
        if ago.is_some_and(|ago| ago < REFUSALS_LOGGED_INTERVAL) {
            return None;
        }
        counted.logged = Some(Instant::now());
        Some(std::mem::take(&mut counted.pending))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn refusals_are_logged_together() {
        let refusals = Refusals::default();
        assert_eq!(refusals.count(), Some(1));
        assert_eq!(refusals.count(), None);
        assert_eq!(refusals.count(), None);
        tokio::time::advance(REFUSALS_LOGGED_INTERVAL).await;
        assert_eq!(refusals.count(), Some(3));
    }
}
