use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use seatkeeper_proto::wire::{RequestMethod, RequestSchema};

use super::decompress::{Decompressed, decompress};
use crate::admission::{CallerKey, LimitPermit, Quota, SharedLimit};
use crate::error::{ServerError, ServerResult};
use crate::limits::{
    INLINE_BYTES_MAX, REQUEST_BYTES_FIRST_STAGE, REQUEST_BYTES_UNCOUNTED, RETRY_REQUEST_BYTES,
};

/// The header before each message: whether it is compressed, and its length.
pub(super) const HEADER_BYTES: usize = 5;

/// The compression of a request's messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Gzip,
    Zstd,
}

impl Encoding {
    /// The encoding in a request's headers, if the server supports it.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        match headers.get("grpc-encoding")?.as_bytes() {
            b"gzip" => Some(Self::Gzip),
            b"zstd" => Some(Self::Zstd),
            _ => None,
        }
    }
}

/// The limits and the caller of a request, for receiving its messages.
#[derive(Debug, Clone)]
pub(crate) struct Receiver {
    /// `None` for health and reflection, whose messages have no lists and are not counted for
    /// callers.
    pub(super) method: Option<RequestMethod>,
    /// Whether the request may have more than one message.
    pub(super) streaming: bool,
    /// The most bytes of a message, compressed and decompressed.
    pub(super) bytes_max: usize,
    pub(super) encoding: Option<Encoding>,
    pub(super) budget: Arc<SharedLimit>,
    pub(super) caller: CallerKey,
}

/// A whole message as it was received, with its header and the memory counted for it.
#[derive(Debug)]
pub(super) struct ReceivedMessage {
    pub(super) frame: Bytes,
    pub(super) counted: CountedMemory,
}

/// The memory counted for a message.
#[derive(Debug, Default)]
pub(super) struct CountedMemory(Option<LimitPermit>);

impl CountedMemory {
    pub(super) fn bytes(&self) -> usize {
        self.0.as_ref().map_or(0, LimitPermit::amount)
    }

    fn shrink_to(&mut self, bytes: usize) {
        if bytes <= REQUEST_BYTES_UNCOUNTED {
            self.0 = None;
        } else if let Some(permit) = &mut self.0 {
            permit.shrink_to(bytes);
        }
    }

    pub(super) fn into_permit(self) -> Option<LimitPermit> {
        self.0
    }
}

impl Receiver {
    /// The length of the message that starts with these bytes, including its header; `None` when
    /// the header is incomplete.
    pub(super) fn frame_bytes(&self, begun: &[u8]) -> ServerResult<Option<usize>> {
        let Some(header) = begun.first_chunk::<HEADER_BYTES>() else {
            return Ok(None);
        };
        let [compressed, length @ ..] = *header;
        if compressed > 1 {
            return Err(ServerError::Malformed);
        }
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if length > self.bytes_max {
            return Err(self.too_large());
        }
        Ok(Some(HEADER_BYTES + length))
    }

    /// Counts `held` bytes of a message of `whole` bytes for the caller, in stages.
    pub(super) fn count_received(
        &self,
        counted: &mut CountedMemory,
        held: usize,
        whole: usize,
    ) -> ServerResult<()> {
        if whole <= REQUEST_BYTES_UNCOUNTED || held <= counted.bytes() {
            return Ok(());
        }
        let stage = REQUEST_BYTES_FIRST_STAGE.max(2 * counted.bytes());
        self.count(counted, stage.max(held).min(whole))
    }

    /// Counts at least this number of bytes for the caller.
    ///
    /// # Errors
    /// [`ServerError::QuotaExceeded`] when the server's limit or the caller's share has less than
    /// that left.
    pub(super) fn count(&self, counted: &mut CountedMemory, bytes: usize) -> ServerResult<()> {
        if self.method.is_none() || bytes <= REQUEST_BYTES_UNCOUNTED {
            return Ok(());
        }
        let taken = match &mut counted.0 {
            Some(permit) => permit.grow(bytes.saturating_sub(permit.amount())),
            none => self.budget.acquire(self.caller, bytes).map(|permit| {
                *none = Some(permit);
            }),
        };
        taken.map_err(|exceeded| ServerError::QuotaExceeded {
            quota: Quota::RequestBytes,
            exceeded,
            caller: self.caller,
            retry: RETRY_REQUEST_BYTES,
        })
    }

    /// Prepares a message for decoding; `None` when that would block a worker thread of the runtime
    /// for too long.
    pub(super) fn prepare_inline(
        &self,
        received: &mut ReceivedMessage,
    ) -> Option<ServerResult<()>> {
        if received.frame.len() > HEADER_BYTES + INLINE_BYTES_MAX {
            return None;
        }
        self.prepare_within(received, INLINE_BYTES_MAX)
    }

    /// Prepares a message for decoding: decompresses and checks it.
    pub(super) fn prepare(&self, received: &mut ReceivedMessage) -> ServerResult<()> {
        let ready = self.prepare_within(received, self.bytes_max);
        ready.unwrap_or_else(|| Err(self.too_large()))
    }

    /// As [`Self::prepare`]; `None` when the message has more than `bytes_max` decompressed bytes.
    fn prepare_within(
        &self,
        received: &mut ReceivedMessage,
        bytes_max: usize,
    ) -> Option<ServerResult<()>> {
        if received.frame.first() == Some(&1) {
            match decompress(self, received, bytes_max) {
                Ok(Decompressed::Whole(frame)) => received.frame = frame,
                Ok(Decompressed::TooLarge) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
        Some(self.check(received))
    }

    fn check(&self, received: &mut ReceivedMessage) -> ServerResult<()> {
        let Some(method) = self.method else {
            return Ok(());
        };
        let message = &received.frame[HEADER_BYTES..];
        let decoded = RequestSchema::of_contract().check(method, message)?;
        self.count(&mut received.counted, decoded.bytes)?;
        // The stages counted more than that while the message was received.
        received.counted.shrink_to(decoded.bytes);
        Ok(())
    }

    fn too_large(&self) -> ServerError {
        ServerError::MessageTooLarge {
            max: self.bytes_max,
        }
    }
}
