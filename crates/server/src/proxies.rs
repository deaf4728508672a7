//! Finds callers behind proxies. Trusted proxies from the configuration name the caller's address,
//! in the PROXY protocol header of a connection or in `x-forwarded-for` of a request.

mod header;
mod network;

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;

pub(crate) use header::{ProxyHeader, parse};
pub use network::{InvalidNetwork, Network};

/// The header to which each proxy appends the address of its peer.
const FORWARDED_HEADER: &str = "x-forwarded-for";

/// The proxies that the server trusts to name a caller's address.
#[derive(Debug, Clone)]
pub(crate) struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    pub(crate) fn new(networks: Vec<Network>) -> Self {
        Self(networks)
    }

    /// Whether the address belongs to a trusted proxy.
    pub(crate) fn lists(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// The caller's address in `x-forwarded-for`: the last entry that is not a trusted proxy. A
    /// caller can write any entries, but the proxies append theirs after those. `None` if the entry
    /// that the last proxy appended is not an address.
    pub(crate) fn forwarded_for(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let mut last = None;
        for value in headers.get_all(FORWARDED_HEADER).iter().rev() {
            for entry in value.to_str().ok()?.rsplit(',') {
                let Some(address) = address(entry.trim()) else {
                    return last;
                };
                last = Some(address);
                if !self.lists(address) {
                    return last;
                }
            }
        }
        last
    }
}

/// Parses the address of an entry; some proxies append a port.
fn address(entry: &str) -> Option<IpAddr> {
    let bare = entry
        .strip_prefix('[')
        .and_then(|entry| entry.strip_suffix(']'))
        .unwrap_or(entry);
    let address = bare.parse::<IpAddr>();
    address
        .or_else(|_| entry.parse::<SocketAddr>().map(|address| address.ip()))
        .ok()
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forwarded_for(values: &[&str]) -> Option<String> {
        let networks = ["10.0.0.0/8", "2001:db8::/32"].map(|text| text.parse().unwrap());
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(FORWARDED_HEADER, value.parse().unwrap());
        }
        let address = TrustedProxies::new(networks.into()).forwarded_for(&headers);
        address.map(|address| address.to_string())
    }

    #[test]
    fn the_last_entry_that_is_not_a_proxy_is_the_caller() {
        for (values, caller) in [
            (&["192.0.2.1"][..], "192.0.2.1"),
            (&["192.0.2.9, 192.0.2.1"], "192.0.2.1"),
            (&["192.0.2.1, 10.0.0.3,10.0.0.4"], "192.0.2.1"),
            (
                &["192.0.2.9", "192.0.2.1, 10.0.0.3", "2001:db8::1"],
                "192.0.2.1",
            ),
            (&["192.0.2.1:4711"], "192.0.2.1"),
            (&["[2001:dead::1]:4711"], "2001:dead::1"),
            (&["[2001:dead::1]"], "2001:dead::1"),
            (&["::ffff:192.0.2.1"], "192.0.2.1"),
        ] {
            assert_eq!(forwarded_for(values).as_deref(), Some(caller), "{values:?}");
        }
    }

    #[test]
    fn an_entry_that_is_no_address_hides_what_is_in_front_of_it() {
        assert_eq!(forwarded_for(&["192.0.2.1, unknown"]), None);
        let proxy = forwarded_for(&["192.0.2.1, unknown, 10.0.0.3"]);
        assert_eq!(proxy.as_deref(), Some("10.0.0.3"));
    }

    #[test]
    fn a_request_of_a_proxy_itself_is_the_first_proxys() {
        assert_eq!(forwarded_for(&[]), None);
        let first = forwarded_for(&["10.0.0.3, 10.0.0.4"]);
        assert_eq!(first.as_deref(), Some("10.0.0.3"));
    }
}
