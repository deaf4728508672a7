use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::Extensions;

use crate::caller::peer;

/// Bits of an IPv6 address that its holder chooses at will.
const HOST_BITS: u32 = 64;

/// The caller that a call's use of the server is counted for. Until callers authenticate it is the
/// address that they call from; all addresses that one caller can choose from are one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct CallerKey(IpAddr);

impl CallerKey {
    /// The key of an address: an IPv4 address itself, the /64 network of an IPv6 address.
    pub(crate) fn of_address(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => {
                let network = address.to_bits() >> HOST_BITS << HOST_BITS;
                IpAddr::V6(Ipv6Addr::from_bits(network))
            }
        })
    }

    /// The key of a request: the one that an outer layer found, else that of the peer's address.
    /// Requests without a peer share one key.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().copied().unwrap_or_else(|| {
            let address = peer(extensions).map(|peer| peer.ip());
            Self::of_address(address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
        })
    }

    /// The address, as quota failures name it.
    pub(crate) fn address(self) -> IpAddr {
        self.0
    }
}

impl fmt::Display for CallerKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> CallerKey {
        CallerKey::of_address(text.parse().unwrap())
    }

    #[test]
    fn addresses_of_one_caller_have_one_key() {
        for (one, other) in [
            ("2001:db8::1", "2001:db8::ffff:1"),
            ("192.0.2.1", "::ffff:192.0.2.1"),
        ] {
            assert_eq!(key(one), key(other));
        }
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }

    #[test]
    fn a_key_that_an_outer_layer_set_comes_before_the_peer() {
        let mut extensions = Extensions::new();
        extensions.insert(key("192.0.2.7"));
        assert_eq!(CallerKey::of(&extensions), key("192.0.2.7"));
    }
}
