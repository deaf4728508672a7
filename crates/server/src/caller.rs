use std::net::SocketAddr;

use seatkeeper_domain::Actor;
use tonic::Request;
use tonic::transport::server::TcpConnectInfo;

/// Who makes a call.
///
/// The one place where that is established: until callers authenticate, everyone who can reach
/// the server is trusted, and journaled as [`Actor::local`].
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    actor: Actor,
}

impl Caller {
    /// The caller of a request.
    pub(crate) fn of<T>(_request: &Request<T>) -> Self {
        Self {
            actor: Actor::local(),
        }
    }

    /// The name that is journaled with what the caller changes.
    pub(crate) fn actor(&self) -> Actor {
        self.actor.clone()
    }
}

/// The address a request came from, for the log.
pub(crate) fn peer(extensions: &http::Extensions) -> Option<SocketAddr> {
    extensions
        .get::<TcpConnectInfo>()
        .and_then(TcpConnectInfo::remote_addr)
}
