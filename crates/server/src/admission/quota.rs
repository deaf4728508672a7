use std::fmt;

/// What the server counts, for itself and for each caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quota {
    /// Calls that have no complete answer yet.
    Calls,
    /// Open streams of answers.
    Streams,
    /// Bytes of memory of request messages that are being received or handled.
    RequestBytes,
    /// Health and reflection calls that have no complete answer yet.
    Probes,
    /// Bytes of answers that peers have not taken yet.
    ResponseBytes,
}

impl Quota {
    /// The server's limit as quota failures name it. A caller's share of it has `_per_caller` at its
    /// end.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Calls => "concurrent_calls",
            Self::Streams => "open_streams",
            Self::RequestBytes => "request_bytes",
            Self::Probes => "concurrent_probes",
            Self::ResponseBytes => "response_bytes",
        }
    }
}

/// The plural that goes with a number of them.
impl fmt::Display for Quota {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Calls => "calls under way",
            Self::Streams => "open streams of answers",
            Self::RequestBytes => "bytes of requests in flight",
            Self::Probes => "health and reflection calls under way",
            Self::ResponseBytes => "bytes of answers that were not read yet",
        })
    }
}
