use std::future::{Future, poll_fn};
use std::task::Poll;

/// Polls a future at most `polls` times, then drops it, as when a caller disconnects. Returns
/// `None` when the future was dropped.
pub(crate) async fn disconnect_after<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
