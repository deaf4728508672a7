use std::fmt;
use std::net::{IpAddr, SocketAddr};

use http::Extensions;

/// The address of the caller, the same for every kind of listener. The connection stores it in the
/// extensions of each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PeerInfo {
    address: IpAddr,
    /// `None` if a proxy names an address without a port.
    port: Option<u16>,
}

impl PeerInfo {
    /// A caller whose address a proxy names.
    pub(crate) fn forwarded(address: IpAddr) -> Self {
        Self {
            address: address.to_canonical(),
            port: None,
        }
    }

    pub(crate) fn ip(&self) -> IpAddr {
        self.address
    }
}

impl From<SocketAddr> for PeerInfo {
    fn from(address: SocketAddr) -> Self {
        Self {
            address: address.ip().to_canonical(),
            port: Some(address.port()),
        }
    }
}

impl fmt::Display for PeerInfo {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => SocketAddr::new(self.address, port).fmt(formatter),
            None => self.address.fmt(formatter),
        }
    }
}

/// The address of a request's caller.
pub(crate) fn peer(extensions: &Extensions) -> Option<PeerInfo> {
    extensions.get::<PeerInfo>().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_shown_with_its_port_where_it_is_known() {
        for (peer, shown) in [
            (
                PeerInfo::from(SocketAddr::from(([192, 0, 2, 1], 5))),
                "192.0.2.1:5",
            ),
            (PeerInfo::forwarded([192, 0, 2, 1].into()), "192.0.2.1"),
        ] {
            assert_eq!(peer.to_string(), shown);
        }
    }
}
