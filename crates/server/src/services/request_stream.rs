use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tonic::{Code, Request, Status, Streaming};

use super::Context;
use crate::admission::BlockingPool;
use crate::error::{ServerError, ServerResult};

/// Records whether the body of a request was aborted before its end.
///
/// The transport reports a reset as the end of the body, so the decoder can't distinguish a caller
/// that disconnected from one that sent everything. The layer that wraps the body can: it records
/// the abort here, in an extension of the request.
#[derive(Debug, Clone, Default)]
pub(crate) struct BodyEnd(Arc<AtomicBool>);

impl BodyEnd {
    /// Records that the body was aborted.
    pub(crate) fn mark_aborted(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn is_aborted(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// A stream of requests, received message by message.
pub(crate) struct RequestStream<T> {
    stream: Streaming<T>,
    end: BodyEnd,
    message_bytes_max: usize,
    pool: BlockingPool,
    idle_max: Duration,
    next_index: i64,
}

impl<T> RequestStream<T> {
    pub(crate) fn new(context: &Context, request: Request<Streaming<T>>) -> Self {
        Self {
            end: request
                .extensions()
                .get::<BodyEnd>()
                .cloned()
                .unwrap_or_default(),
            stream: request.into_inner(),
            message_bytes_max: context.message_bytes_max,
            pool: context.pool.clone(),
            idle_max: context.request_idle_max,
            next_index: 0,
        }
    }

    /// Parses large messages.
    pub(crate) fn pool(&self) -> &BlockingPool {
        &self.pool
    }

    /// The next message with its zero-based number; `None` at the end of the stream.
    ///
    /// # Errors
    /// [`ServerError::StreamBroken`] when the caller aborted the stream,
    /// [`ServerError::RequestIdle`] when no complete message arrives within the timeout. The
    /// timeout runs only while the server waits.
    pub(crate) async fn next(&mut self) -> ServerResult<Option<(i64, T)>> {
        let timeout = self.idle_max;
        let message = tokio::time::timeout(timeout, self.stream.message()).await;
        let message = message.map_err(|_| ServerError::RequestIdle { timeout })?;
        let Some(message) = message.map_err(|status| self.decoding_error(&status))? else {
            return if self.end.is_aborted() {
                Err(ServerError::StreamBroken)
            } else {
                Ok(None)
            };
        };
        let index = self.next_index;
        self.next_index += 1;
        Ok(Some((index, message)))
    }

    fn decoding_error(&self, status: &Status) -> ServerError {
        if self.end.is_aborted() {
            return ServerError::StreamBroken;
        }
        // A message that was rejected while it was received has a status with details.
        if !status.details().is_empty() {
            return ServerError::Refused(Box::new(status.clone()));
        }
        match status.code() {
            Code::OutOfRange | Code::ResourceExhausted => ServerError::MessageTooLarge {
                max: self.message_bytes_max,
            },
            Code::Internal | Code::InvalidArgument | Code::Unimplemented => ServerError::Malformed,
            Code::Ok
            | Code::Cancelled
            | Code::Unknown
            | Code::DeadlineExceeded
            | Code::NotFound
            | Code::AlreadyExists
            | Code::PermissionDenied
            | Code::FailedPrecondition
            | Code::Aborted
            | Code::Unavailable
            | Code::DataLoss
            | Code::Unauthenticated => ServerError::StreamBroken,
        }
    }
}
