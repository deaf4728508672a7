use std::num::NonZeroU32;
use std::time::Duration;

use crate::limits::{
    CALLS_PER_SECOND_PER_CALLER_MAX, CONCURRENT_CALLS_MAX, CONCURRENT_PROBES_MAX, CONNECTION_AGE,
    CONNECTION_IDLE, MESSAGE_BYTES_MAX, OPEN_STREAMS_MAX, REQUEST_BYTES_IN_FLIGHT_MAX,
    REQUEST_IDLE_MAX, RESPONSE_BYTES_MAX, UNARY_CALL_MAX, UNREAD_RESPONSE_MAX,
};
use crate::{HostName, Network};

/// The settings of a server.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Listen on an address that remote callers can reach, although callers don't authenticate.
    /// Every caller that reaches the server then has all permissions.
    pub allow_remote_without_authentication: bool,
    /// How long a shutdown may take before the server closes the remaining connections.
    pub drain: Duration,
    /// The most bytes of one request message that can hold a list of users, after decompression.
    /// Other messages have at most 4 MiB, or this limit where it is smaller.
    pub message_bytes_max: usize,
    /// The most memory, in bytes, of all request messages in flight; further messages are rejected.
    pub request_bytes_max: usize,
    /// The part of this memory that the messages of one caller may take; half when absent.
    pub request_bytes_per_caller_max: Option<usize>,
    /// Result streams open at the same time; further streams are rejected.
    pub open_streams_max: usize,
    /// Calls under way at the same time; further calls are rejected.
    pub concurrent_calls_max: usize,
    /// How many of these calls one caller may have; half when absent.
    pub concurrent_calls_per_caller_max: Option<usize>,
    /// How many open result streams one caller may have; half when absent.
    pub open_streams_per_caller_max: Option<usize>,
    /// Response bytes that callers have not read yet; a response that exceeds the limit is
    /// rejected.
    pub response_bytes_max: usize,
    /// How many of these bytes may be for one caller; half when absent.
    pub response_bytes_per_caller_max: Option<usize>,
    /// How long a peer may read nothing of a response before the server resets its stream.
    pub unread_response_max: Duration,
    /// The timeout for a message that the server waits for.
    pub request_idle_max: Duration,
    /// The rate limit of each caller, in calls per second; no limit when absent.
    pub calls_per_second_per_caller_max: Option<NonZeroU32>,
    /// The timeout of a call with one request and one response.
    pub unary_call_max: Duration,
    /// Connections open at the same time; further connections are closed. When absent, the limit
    /// follows from the file descriptors of the process, up to a built-in maximum.
    pub connections_max: Option<usize>,
    /// Connections that one caller may have open at the same time; half of all when absent.
    pub connections_per_caller_max: Option<usize>,
    /// How long a connection may be idle, without a call, before the server closes it.
    pub connection_idle: Duration,
    /// The maximum age of a connection; then the server asks the caller to open a new one.
    pub connection_age: Duration,
    /// Health and reflection calls under way at the same time, counted apart from all other calls.
    pub concurrent_probes_max: usize,
    /// Health and reflection calls that one caller may have under way at the same time; half when
    /// absent.
    pub probes_per_caller_max: Option<usize>,
    /// The trusted proxies: the server takes the address of a caller from their PROXY protocol
    /// header or their `x-forwarded-for`.
    pub trusted_proxies: Vec<Network>,
    /// The host names under which browsers may call this server. The loopback names are added when
    /// the server listens on a loopback address.
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
    /// How many calls one caller may have under way.
    pub(crate) fn concurrent_calls_per_caller_max(&self) -> usize {
        share(
            self.concurrent_calls_per_caller_max,
            self.concurrent_calls_max,
        )
    }

    /// How many streams one caller may have open.
    pub(crate) fn open_streams_per_caller_max(&self) -> usize {
        share(self.open_streams_per_caller_max, self.open_streams_max)
    }

    /// The memory, in bytes, that the requests of one caller may take.
    pub(crate) fn request_bytes_per_caller_max(&self) -> usize {
        share(self.request_bytes_per_caller_max, self.request_bytes_max)
    }

    /// How many unread response bytes may be for one caller.
    pub(crate) fn response_bytes_per_caller_max(&self) -> usize {
        share(self.response_bytes_per_caller_max, self.response_bytes_max)
    }

    /// How many health and reflection calls one caller may have under way.
    pub(crate) fn probes_per_caller_max(&self) -> usize {
        share(self.probes_per_caller_max, self.concurrent_probes_max)
    }

    /// How many connections one caller may have open, when `open_max` may be open in all.
    pub(crate) fn connections_per_caller_max(&self, open_max: usize) -> usize {
        share(self.connections_per_caller_max, open_max)
    }
}

/// One caller's share of a limit: half unless configured, so that one caller can't use up the
/// limit.
fn share(configured: Option<usize>, limit: usize) -> usize {
    configured.unwrap_or(limit.div_ceil(2))
}
