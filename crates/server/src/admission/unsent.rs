use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{AbortHandle, Abortable};
use tokio::time::Instant;

tokio::task_local! {
    /// Resets the HTTP/2 stream of the running task.
    static RESET: AbortHandle;
}

/// Runs the task of an HTTP/2 stream so that it can be aborted. An aborted task drops the stream;
/// the transport then sends a reset and frees its buffered data.
pub(crate) fn resettable<F>(stream: F) -> impl Future<Output = ()>
where
    F: Future,
{
    let (handle, registration) = AbortHandle::new_pair();
    RESET.scope(handle, Abortable::new(stream, registration).map(drop))
}

/// The response parts that one connection has passed to the transport and that its peer has not
/// read. A peer that reads nothing for too long holds memory and permits.
#[derive(Debug, Default)]
pub(crate) struct UnsentParts {
    parts: Mutex<Parts>,
}

#[derive(Debug, Default)]
struct Parts {
    next: u64,
    /// By number; numbers ascend with time.
    waiting: BTreeMap<u64, Waiting>,
}

#[derive(Debug)]
struct Waiting {
    since: Instant,
    /// `None` if nothing can be reset (HTTP/1), or after a reset.
    reset: Option<AbortHandle>,
}

/// A part that waits for the peer; dropping it ends the wait.
#[derive(Debug)]
pub(crate) struct UnsentPart {
    of: Arc<UnsentParts>,
    number: u64,
}

/// The result of [`UnsentParts::expire`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expired {
    /// The connection can stay open; streams that waited too long were reset.
    Streams,
    /// A part still waits after its stream was reset: the connection must be closed.
    Connection,
}

impl UnsentParts {
    /// Registers a part that starts to wait. Call it in the task of the part's stream, so that the
    /// stream can be reset.
    pub(crate) fn add(self: &Arc<Self>) -> UnsentPart {
        let waiting = Waiting {
            since: Instant::now(),
            reset: RESET.try_with(AbortHandle::clone).ok(),
        };
        let mut parts = self.parts();
        let number = parts.next;
        parts.next += 1;
        parts.waiting.insert(number, waiting);
        UnsentPart {
            of: Arc::clone(self),
            number,
        }
    }

    /// Resets the streams with a part that has waited for `max` or longer. If the part still waits
    /// at the next call, the connection must be closed: the stream has ended, and only the
    /// transport holds the part.
    pub(crate) fn expire(&self, max: Duration) -> Expired {
        let now = Instant::now();
        for waiting in self.parts().waiting.values_mut() {
            if now.saturating_duration_since(waiting.since) < max {
                break;
            }
            match waiting.reset.take() {
                Some(reset) => reset.abort(),
                None => return Expired::Connection,
            }
        }
        Expired::Streams
    }

    /// Whether the peer has read every part.
    pub(crate) fn is_empty(&self) -> bool {
        self.parts().waiting.is_empty()
    }

    fn parts(&self) -> MutexGuard<'_, Parts> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UnsentPart {
    fn drop(&mut self) {
        self.of.parts().waiting.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: Duration = Duration::from_mins(1);

    #[tokio::test(start_paused = true)]
    async fn a_stream_whose_part_waits_for_too_long_is_reset() {
        let parts = Arc::<UnsentParts>::default();
        let held = Arc::clone(&parts);
        let stream = tokio::spawn(resettable(async move {
            let _part = held.add();
            std::future::pending::<()>().await;
        }));
        tokio::task::yield_now().await;
        assert_eq!(parts.expire(MAX), Expired::Streams);
        assert!(!stream.is_finished());
        tokio::time::advance(MAX).await;
        assert_eq!(parts.expire(MAX), Expired::Streams);
        stream.await.unwrap();
        assert_eq!(parts.parts().waiting.len(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_part_that_outlives_its_stream_condemns_the_connection() {
        let parts = Arc::<UnsentParts>::default();
        let held = Arc::clone(&parts);
        let part = tokio::spawn(async move {
            let (sender, receiver) = tokio::sync::oneshot::channel();
            resettable(async move { drop(sender.send(held.add())) }).await;
            receiver.await.unwrap()
        });
        let _part = part.await.unwrap();
        tokio::time::advance(MAX).await;
        assert_eq!(parts.expire(MAX), Expired::Streams);
        assert_eq!(parts.expire(MAX), Expired::Connection);
    }

    #[tokio::test(start_paused = true)]
    async fn parts_that_are_taken_in_time_are_let_be() {
        let parts = Arc::<UnsentParts>::default();
        let part = parts.add();
        tokio::time::advance(MAX / 2).await;
        drop(part);
        let _next = parts.add();
        tokio::time::advance(MAX / 2).await;
        assert_eq!(parts.expire(MAX), Expired::Streams);
        assert_eq!(parts.expire(MAX), Expired::Streams);
    }
}
