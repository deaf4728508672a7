use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{AbortHandle, Abortable};
use tokio::time::Instant;

tokio::task_local! {
    /// Resets the HTTP/2 stream that the running task serves.
    static RESET: AbortHandle;
}

/// Runs an HTTP/2 stream's task so that it can be reset by what it serves: an aborted task drops
/// the stream, and the transport then sends a reset and frees what was to be sent.
pub(crate) fn resettable<F>(stream: F) -> impl Future<Output = ()>
where
    F: Future,
{
    let (handle, registration) = AbortHandle::new_pair();
    RESET.scope(handle, Abortable::new(stream, registration).map(drop))
}

/// The parts of answers that the server has handed to one connection and that its peer has not
/// taken. A peer that takes nothing for too long holds memory and slots.
#[derive(Debug, Default)]
pub(crate) struct UnsentParts {
    parts: Mutex<Parts>,
}

#[derive(Debug, Default)]
struct Parts {
    next: u64,
    /// By number, which is the order of age.
    waiting: BTreeMap<u64, Waiting>,
}

#[derive(Debug)]
struct Waiting {
    since: Instant,
    /// `None` where nothing can be reset (HTTP/1), or after a reset that did not help.
    reset: Option<AbortHandle>,
}

/// A part that waits to be taken, until it is dropped.
#[derive(Debug)]
pub(crate) struct UnsentPart {
    of: Arc<UnsentParts>,
    number: u64,
}

/// What [`UnsentParts::expire`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expired {
    /// The connection can go on; streams that waited for too long were reset.
    Streams,
    /// A part waits in spite of a reset: the connection must be closed.
    Connection,
}

impl UnsentParts {
    /// Notes a part that begins to wait. Must run in the task of its stream, where it can be reset.
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

    /// Resets the streams with a part that has waited for `max` or longer. A part that still waits
    /// at the next call condemns its connection: its stream has ended, and only the transport holds
    /// it.
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

    /// Whether the peer has taken everything.
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
