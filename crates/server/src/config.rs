use std::time::Duration;

use crate::limits::{MESSAGE_BYTES_MAX, OPEN_STREAMS_MAX};

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
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            allow_remote_without_authentication: false,
            drain: Duration::from_secs(20),
            message_bytes_max: MESSAGE_BYTES_MAX,
            open_streams_max: OPEN_STREAMS_MAX,
        }
    }
}
