use std::fmt;

/// A resource that the server limits, in all and for each caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quota {
    /// Calls without a complete response.
    Calls,
    /// Open response streams.
    Streams,
    /// Memory, in bytes, of request messages that the server is receiving or handling.
    RequestBytes,
    /// Health and reflection calls without a complete response.
    Probes,
    /// Response bytes that peers have not read yet.
    ResponseBytes,
}

impl Quota {
    /// The name of the limit in quota failures. The caller's share adds the suffix `_per_caller`.
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

/// A plural noun that follows a number.
impl fmt::Display for Quota {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Calls => "calls under way",
            Self::Streams => "open response streams",
            Self::RequestBytes => "request bytes in flight",
            Self::Probes => "health and reflection calls under way",
            Self::ResponseBytes => "unread response bytes",
        })
    }
}
