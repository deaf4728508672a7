//! The host names under which browsers may call. This stops DNS rebinding: a page whose own name
//! resolves to this server's address can't send another host name than its own.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use http::header::HOST;
use http::uri::Authority;
use http::{HeaderMap, Uri};

/// The name of a host, without a port; an IPv6 address is in brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostName(String);

/// The error for a text that is not the name of a host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a host: write its name or address without scheme and port, as in seats.example"
)]
pub struct InvalidHostName(String);

impl HostName {
    /// The host in an authority such as `seats.example:443`.
    fn of(authority: &Authority) -> Option<Self> {
        let host = authority.host();
        if host.is_empty() || authority.as_str().contains('@') {
            return None;
        }
        let host = host.strip_suffix('.').unwrap_or(host);
        Some(Self(host.to_ascii_lowercase()))
    }

    fn is_loopback(&self) -> bool {
        let v6 = self.0.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        match v6 {
            Some(address) => address
                .parse::<Ipv6Addr>()
                .is_ok_and(|address| address.is_loopback()),
            None => {
                self.0 == "localhost"
                    || self
                        .0
                        .parse::<Ipv4Addr>()
                        .is_ok_and(|address| address.is_loopback())
            }
        }
    }
}

impl FromStr for HostName {
    type Err = InvalidHostName;

    fn from_str(text: &str) -> Result<Self, InvalidHostName> {
        let invalid = || InvalidHostName(text.to_owned());
        // An IPv6 address is accepted with or without brackets.
        let bracketed = match text.parse::<Ipv6Addr>() {
            Ok(address) => format!("[{address}]"),
            Err(_) => text.to_owned(),
        };
        let authority: Authority = bracketed.parse().map_err(|_| invalid())?;
        if authority.port().is_some() || authority.as_str().ends_with(':') {
            return Err(invalid());
        }
        Self::of(&authority).ok_or_else(invalid)
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The host names that a server accepts from browsers.
#[derive(Debug)]
pub(crate) struct HostPolicy {
    loopback: bool,
    allowed: Vec<HostName>,
}

impl HostPolicy {
    /// The names of a server that listens on `listener`: the configured names, and the loopback
    /// names if the address is a loopback address.
    pub(crate) fn new(listener: SocketAddr, allowed: Vec<HostName>) -> Self {
        Self {
            loopback: listener.ip().is_loopback(),
            allowed,
        }
    }

    /// Whether the server accepts all host names in the request. A request without one does not
    /// come from a browser, and is rejected too.
    pub(crate) fn allows(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let hosts = headers.get_all(HOST).iter();
        let hosts = hosts.map(|host| Authority::try_from(host.as_bytes()).ok());
        let mut named = false;
        for authority in uri.authority().cloned().map(Some).into_iter().chain(hosts) {
            if !authority.is_some_and(|authority| self.answers(&authority)) {
                return false;
            }
            named = true;
        }
        named
    }

    fn answers(&self, authority: &Authority) -> bool {
        HostName::of(authority).is_some_and(|host| {
            (self.loopback && host.is_loopback()) || self.allowed.contains(&host)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(listener: &str, allowed: &[&str]) -> HostPolicy {
        let allowed = allowed.iter().map(|host| host.parse().unwrap()).collect();
        HostPolicy::new(listener.parse().unwrap(), allowed)
    }

    fn allows(policy: &HostPolicy, hosts: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, host.parse().unwrap());
        }
        policy.allows(&Uri::from_static("/"), &headers)
    }

    #[test]
    fn a_loopback_listener_answers_under_loopback_names() {
        let local = policy("127.0.0.1:50051", &[]);
        for host in [
            "localhost",
            "LOCALHOST:50051",
            "localhost.",
            "127.0.0.1",
            "127.8.8.8:1",
            "[::1]",
            "[::1]:50051",
        ] {
            assert!(allows(&local, &[host]), "{host}");
        }
        for host in [
            "seats.example",
            "localhost.seats.example",
            "127.0.0.1.seats.example",
            "notlocalhost",
            "10.0.0.1",
            "[::2]",
            "user@localhost",
            "localhost:50051:1",
            "localhost evil",
            "",
        ] {
            assert!(!allows(&local, &[host]), "{host}");
        }
    }

    #[test]
    fn a_listener_that_others_reach_answers_under_the_names_allowed_alone() {
        let remote = policy("0.0.0.0:50051", &["Seats.example", "2001:db8::1"]);
        for host in ["seats.example", "SEATS.example:443", "[2001:db8::1]:443"] {
            assert!(allows(&remote, &[host]), "{host}");
        }
        for host in ["localhost", "seats.example.evil", "a.seats.example"] {
            assert!(!allows(&remote, &[host]), "{host}");
        }
    }

    #[test]
    fn names_that_are_allowed_count_on_a_loopback_listener_too() {
        let local = policy("[::1]:50051", &["seats.example"]);
        assert!(allows(&local, &["seats.example"]) && allows(&local, &["localhost"]));
    }

    #[test]
    fn each_name_of_a_request_counts() {
        let local = policy("127.0.0.1:50051", &[]);
        assert!(!allows(&local, &[]));
        assert!(!allows(&local, &["localhost", "evil.example"]));
        assert!(!allows(&local, &["evil.example", "localhost"]));
        let mut headers = HeaderMap::new();
        let named = |uri: &'static str| Uri::from_static(uri);
        assert!(local.allows(&named("http://localhost:1/"), &headers));
        assert!(!local.allows(&named("http://evil.example/"), &headers));
        headers.insert(HOST, "evil.example".parse().unwrap());
        assert!(!local.allows(&named("http://localhost:1/"), &headers));
    }

    #[test]
    fn a_host_is_configured_without_scheme_and_port() {
        for wrong in [
            "",
            "http://seats.example",
            "seats.example:443",
            "seats.example:",
            "a/b",
            "a b",
            "user@seats.example",
        ] {
            assert!(wrong.parse::<HostName>().is_err(), "{wrong}");
        }
    }
}
