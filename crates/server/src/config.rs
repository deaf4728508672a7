use std::num::NonZeroU32;
use std::time::Duration;

use crate::limits::{
    CALLS_AT_ONCE_MAX, CALLS_PER_SECOND_PER_CALLER_MAX, MESSAGE_BYTES_MAX, OPEN_STREAMS_MAX,
    REQUEST_IDLE_MAX, RESPONSE_BYTES_MAX, UNARY_CALL_MAX, UNREAD_RESPONSE_MAX,
};

/// How a server is set up.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Serve on an address that others can reach, although callers don't authenticate. Whoever
    /// reaches the server can do everything.
    pub allow_remote_without_authentication: bool,
    /// How long shutting down may take before connections are cut.
    pub drain: Duration,
    /// The most bytes of one request message.
    pub message_bytes_max: usize,
    /// Result streams open at once; more are refused.
    pub open_streams_max: usize,
    /// Calls under way at once; more are refused.
    pub calls_at_once_max: usize,
    /// How many of them one caller may have; half when absent.
    pub calls_at_once_per_caller_max: Option<usize>,
    /// How many open result streams one caller may have; half when absent.
    pub open_streams_per_caller_max: Option<usize>,
    /// Bytes of answers that callers have not read yet; an answer beyond them is refused.
    pub response_bytes_max: usize,
    /// How many of them may be for one caller; half when absent.
    pub response_bytes_per_caller_max: Option<usize>,
    /// How long a peer may take nothing of an answer before its stream is reset.
    pub unread_response_max: Duration,
    /// How long a caller may take to send the message that the server waits for.
    pub request_idle_max: Duration,
    /// Calls a second that one caller may make; as many as it likes when absent.
    pub calls_per_second_per_caller_max: Option<NonZeroU32>,
    /// How long a call with one request and one answer may take.
    pub unary_call_max: Duration,
    /// Connections open at once, more are closed; as many as the process has descriptors for, within
    /// reason, when absent.
    pub connections_max: Option<usize>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            allow_remote_without_authentication: false,
            drain: Duration::from_secs(20),
            message_bytes_max: MESSAGE_BYTES_MAX,
            open_streams_max: OPEN_STREAMS_MAX,
            calls_at_once_max: CALLS_AT_ONCE_MAX,
            calls_at_once_per_caller_max: None,
            open_streams_per_caller_max: None,
            response_bytes_max: RESPONSE_BYTES_MAX,
            response_bytes_per_caller_max: None,
            unread_response_max: UNREAD_RESPONSE_MAX,
            request_idle_max: REQUEST_IDLE_MAX,
            calls_per_second_per_caller_max: NonZeroU32::new(CALLS_PER_SECOND_PER_CALLER_MAX),
            unary_call_max: UNARY_CALL_MAX,
            connections_max: None,
        }
    }
}

impl ServerConfig {
    /// The calls under way that one caller may have.
    pub(crate) fn calls_at_once_per_caller_max(&self) -> usize {
        share(self.calls_at_once_per_caller_max, self.calls_at_once_max)
    }

    /// The open streams that one caller may have.
    pub(crate) fn open_streams_per_caller_max(&self) -> usize {
        share(self.open_streams_per_caller_max, self.open_streams_max)
    }

    /// The unread bytes of answers that may be for one caller.
    pub(crate) fn response_bytes_per_caller_max(&self) -> usize {
        share(self.response_bytes_per_caller_max, self.response_bytes_max)
    }
}

/// One caller's share of a limit: half, where nothing else is configured, so that one caller never
/// has everything.
fn share(configured: Option<usize>, limit: usize) -> usize {
    configured.unwrap_or(limit.div_ceil(2))
}
