use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::Extensions;

use crate::caller::peer;

/// The bits of an IPv6 address that its holder can choose freely.
const HOST_BITS: u32 = 64;

/// The caller that the server counts a call for. Until callers authenticate, it is the address of
/// the peer. All addresses that one caller can choose from have the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct CallerKey(IpAddr);

impl CallerKey {
    /// The key of an address: the IPv4 address itself, or the /64 network of an IPv6 address.
    pub(crate) fn of_address(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => {
                let network = address.to_bits() >> HOST_BITS << HOST_BITS;
                IpAddr::V6(Ipv6Addr::from_bits(network))
            }
        })
    }

    /// The key of a request: the one that an outer layer stored, otherwise that of the peer's
    /// address. Requests without a peer share one key.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().copied().unwrap_or_else(|| {
            let address = peer(extensions).map(|peer| peer.ip());
            Self::of_address(address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
        })
    }

    /// The address that quota failures report.
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
