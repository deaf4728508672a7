use std::num::NonZeroU32;
use std::time::Duration;

use crate::limits::{
    CALLS_AT_ONCE_MAX, CALLS_PER_SECOND_PER_CALLER_MAX, CONNECTION_AGE, CONNECTION_IDLE,
    MESSAGE_BYTES_MAX, OPEN_STREAMS_MAX, PROBES_AT_ONCE_MAX, UNARY_CALL_MAX,
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
    /// The most bytes of one request message.
    pub message_bytes_max: usize,
    /// Result streams open at once; more are refused.
    pub open_streams_max: usize,
    /// Calls under way at once; more are refused.
    pub calls_at_once_max: usize,
    /// Calls a second that one caller may make; as many as it likes when absent.
    pub calls_per_second_per_caller_max: Option<NonZeroU32>,
    /// How long a call with one request and one answer may take.
    pub unary_call_max: Duration,
    /// Connections that one caller may have open at once; half of all when absent.
    pub connections_per_caller_max: Option<usize>,
    /// How long a connection may have no call before the server closes it.
    pub connection_idle: Duration,
    /// How long a connection takes calls, at most, before the server asks its caller for a new one.
    pub connection_age: Duration,
    /// Health and reflection calls under way at once, outside of the other calls.
    pub probes_at_once_max: usize,
    /// Health and reflection calls that one caller may have under way at once; half of all when absent.
    pub probes_per_caller_max: Option<usize>,
    /// The proxies that say which address their callers have, by the PROXY protocol or by
    /// `x-forwarded-for`.
    pub trusted_proxies: Vec<Network>,
    /// The names under which browsers may call this server, beside the loopback names where it listens
    /// on a loopback address.
    pub allowed_hosts: Vec<HostName>,
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
            calls_per_second_per_caller_max: NonZeroU32::new(CALLS_PER_SECOND_PER_CALLER_MAX),
            unary_call_max: UNARY_CALL_MAX,
            connections_per_caller_max: None,
            connection_idle: CONNECTION_IDLE,
            connection_age: CONNECTION_AGE,
            probes_at_once_max: PROBES_AT_ONCE_MAX,
            probes_per_caller_max: None,
            trusted_proxies: Vec::new(),
            allowed_hosts: Vec::new(),
            connections_max: None,
        }
    }
}
