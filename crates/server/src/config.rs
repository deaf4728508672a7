use std::num::NonZeroU32;
use std::time::Duration;

use crate::limits::{
    CALLS_PER_SECOND_PER_CALLER_MAX, CONCURRENT_CALLS_MAX, CONCURRENT_PROBES_MAX, CONNECTION_AGE,
    CONNECTION_IDLE, MESSAGE_BYTES_MAX, OPEN_STREAMS_MAX, REQUEST_BYTES_IN_FLIGHT_MAX,
    REQUEST_IDLE_MAX, RESPONSE_BYTES_MAX, UNARY_CALL_MAX, UNREAD_RESPONSE_MAX,
};
use crate::{HostName, Network};

/// How a server is set up.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Serve on an address that others can reach, although callers don't authenticate. Whoever
    /// reaches the server can do everything.
    pub allow_remote_without_authentication: bool,
    /// How long shutting down may take before connections are cut.
    pub drain: Duration,
    /// The most bytes of one request message that can hold a list of users, after decompression. Other
    /// messages have at most 4 MiB, or this where it is less.
    pub message_bytes_max: usize,
    /// The most bytes of memory that all request messages in flight take; more are refused.
    pub request_bytes_max: usize,
    /// The most of them that the messages of one caller take; half when absent.
    pub request_bytes_per_caller_max: Option<usize>,
    /// Result streams open at once; more are refused.
    pub open_streams_max: usize,
    /// Calls under way at once; more are refused.
    pub concurrent_calls_max: usize,
    /// How many of them one caller may have; half when absent.
    pub concurrent_calls_per_caller_max: Option<usize>,
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
    /// Connections that one caller may have open at once; half of all when absent.
    pub connections_per_caller_max: Option<usize>,
    /// How long a connection may have no call before the server closes it.
    pub connection_idle: Duration,
    /// How long a connection takes calls, at most, before the server asks its caller for a new one.
    pub connection_age: Duration,
    /// Health and reflection calls under way at once, outside of the other calls.
    pub concurrent_probes_max: usize,
    /// Health and reflection calls that one caller may have under way at once; half when absent.
    pub probes_per_caller_max: Option<usize>,
    /// The proxies that say which address their callers have, by the PROXY protocol or by
    /// `x-forwarded-for`.
    pub trusted_proxies: Vec<Network>,
    /// The names under which browsers may call this server, beyond the loopback names where it listens
    /// on a loopback address.
    pub allowed_hosts: Vec<HostName>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            allow_remote_without_authentication: false,
            drain: Duration::from_secs(20),
            message_bytes_max: MESSAGE_BYTES_MAX,
            request_bytes_max: REQUEST_BYTES_IN_FLIGHT_MAX,
            request_bytes_per_caller_max: None,
            open_streams_max: OPEN_STREAMS_MAX,
            concurrent_calls_max: CONCURRENT_CALLS_MAX,
            concurrent_calls_per_caller_max: None,
            open_streams_per_caller_max: None,
            response_bytes_max: RESPONSE_BYTES_MAX,
            response_bytes_per_caller_max: None,
            unread_response_max: UNREAD_RESPONSE_MAX,
            request_idle_max: REQUEST_IDLE_MAX,
            calls_per_second_per_caller_max: NonZeroU32::new(CALLS_PER_SECOND_PER_CALLER_MAX),
            unary_call_max: UNARY_CALL_MAX,
            connections_max: None,
            connections_per_caller_max: None,
            connection_idle: CONNECTION_IDLE,
            connection_age: CONNECTION_AGE,
            concurrent_probes_max: CONCURRENT_PROBES_MAX,
            probes_per_caller_max: None,
            trusted_proxies: Vec::new(),
            allowed_hosts: Vec::new(),
        }
    }
}

impl ServerConfig {
    /// The calls under way that one caller may have.
    pub(crate) fn concurrent_calls_per_caller_max(&self) -> usize {
        share(
            self.concurrent_calls_per_caller_max,
            self.concurrent_calls_max,
        )
    }

    /// The open streams that one caller may have.
    pub(crate) fn open_streams_per_caller_max(&self) -> usize {
        share(self.open_streams_per_caller_max, self.open_streams_max)
    }

    /// The memory, in bytes, that requests of one caller may take.
    pub(crate) fn request_bytes_per_caller_max(&self) -> usize {
        share(self.request_bytes_per_caller_max, self.request_bytes_max)
    }

    /// The unread bytes of answers that may be for one caller.
    pub(crate) fn response_bytes_per_caller_max(&self) -> usize {
        share(self.response_bytes_per_caller_max, self.response_bytes_max)
    }

    /// The health and reflection calls that one caller may have under way.
    pub(crate) fn probes_per_caller_max(&self) -> usize {
        share(self.probes_per_caller_max, self.concurrent_probes_max)
    }

    /// The connections that one caller may have, of those that may be open.
    pub(crate) fn connections_per_caller_max(&self, open_max: usize) -> usize {
        share(self.connections_per_caller_max, open_max)
    }
}

/// One caller's share of a limit: half, where nothing else is configured, so that one caller never
/// has everything.
fn share(configured: Option<usize>, limit: usize) -> usize {
    configured.unwrap_or(limit.div_ceil(2))
}
