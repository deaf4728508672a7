use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// The prefix of a version 1 header.
const V1_PREFIX: &[u8] = b"PROXY ";

/// The most bytes of a version 1 header with its line end, by its specification.
const V1_BYTES_MAX: usize = 107;

/// The prefix of a version 2 header.
const V2_PREFIX: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// The bytes of a version 2 header before its addresses.
const V2_FIXED_BYTES: usize = 16;

/// The PROXY protocol header at the start of a connection, as far as it was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProxyHeader {
    /// The connection does not begin with a header.
    Absent,
    /// The header is incomplete so far.
    Partial,
    /// A complete header. It has no source when the proxy opened the connection for itself.
    Complete {
        /// The length of the header in bytes.
        bytes: usize,
        /// The address of the caller.
        source: Option<SocketAddr>,
    },
    /// The bytes begin like a header, but are not a valid one.
    Malformed,
}

/// Parses a PROXY protocol header of version 1 or 2.
pub(crate) fn parse(received: &[u8]) -> ProxyHeader {
    if begins(received, V1_PREFIX) {
        parse_v1(received)
    } else if begins(received, V2_PREFIX) {
        parse_v2(received)
    } else {
        ProxyHeader::Absent
    }
}

/// Whether the received bytes begin with a prefix, or may do so when more bytes arrive.
fn begins(received: &[u8], prefix: &[u8]) -> bool {
    let common = received.len().min(prefix.len());
    received[..common] == prefix[..common]
}

fn parse_v1(received: &[u8]) -> ProxyHeader {
    let within = &received[..received.len().min(V1_BYTES_MAX)];
    let Some(end) = within.windows(2).position(|two| two == b"\r\n") else {
        return if received.len() < V1_BYTES_MAX {
            ProxyHeader::Partial
        } else {
            ProxyHeader::Malformed
        };
    };
    let Ok(line) = std::str::from_utf8(&within[..end]) else {
        return ProxyHeader::Malformed;
    };
    let fields: Vec<&str> = line.split(' ').collect();
    let source = match fields[..] {
        [_, "UNKNOWN", ..] => Ok(None),
        [_, "TCP4", source, _, port, _] => address::<Ipv4Addr>(source, port),
        [_, "TCP6", source, _, port, _] => address::<Ipv6Addr>(source, port),
        _ => Err(()),
    };
    let bytes = end + 2;
    source.map_or(ProxyHeader::Malformed, |source| ProxyHeader::Complete {
        bytes,
        source,
    })
}

fn address<A: FromStr + Into<IpAddr>>(ip: &str, port: &str) -> Result<Option<SocketAddr>, ()> {
    let ip: A = ip.parse().map_err(|_| ())?;
    let port = port.parse().map_err(|_| ())?;
    Ok(Some(SocketAddr::new(ip.into(), port)))
}

fn parse_v2(received: &[u8]) -> ProxyHeader {
    let Some((fixed, rest)) = received.split_at_checked(V2_FIXED_BYTES) else {
        return ProxyHeader::Partial;
    };
    let length = usize::from(u16::from_be_bytes([fixed[14], fixed[15]]));
    let Some(addresses) = rest.get(..length) else {
        return ProxyHeader::Partial;
    };
    let source = match (fixed[12], fixed[13] >> 4) {
        // A connection of the proxy itself, or of a family without IP addresses.
        (0x20, _) | (0x21, 0 | 3) => None,
        (0x21, 1) => v2_address::<4>(addresses),
        (0x21, 2) => v2_address::<16>(addresses),
        _ => return ProxyHeader::Malformed,
    };
    if source.is_none() && matches!((fixed[12], fixed[13] >> 4), (0x21, 1 | 2)) {
        return ProxyHeader::Malformed;
    }
    ProxyHeader::Complete {
        bytes: V2_FIXED_BYTES + length,
        source,
    }
}

/// The first of two addresses with `N` bytes each; two ports follow.
fn v2_address<const N: usize>(addresses: &[u8]) -> Option<SocketAddr>
where
    IpAddr: From<[u8; N]>,
{
    let source: [u8; N] = *addresses.first_chunk()?;
    let port = addresses.get(2 * N..2 * N + 4)?;
    let port = u16::from_be_bytes([port[0], port[1]]);
    Some(SocketAddr::new(source.into(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v2(command: u8, family: u8, addresses: &[u8]) -> Vec<u8> {
        let length = u16::try_from(addresses.len()).unwrap().to_be_bytes();
        [V2_PREFIX, &[command, family], &length, addresses].concat()
    }

    fn complete(header: &[u8], source: Option<&str>) -> ProxyHeader {
        ProxyHeader::Complete {
            bytes: header.len(),
            source: source.map(|source| source.parse().unwrap()),
        }
    }

    fn headers() -> Vec<(Vec<u8>, Option<&'static str>)> {
        let v4 = [192, 0, 2, 1, 10, 0, 0, 1, 0x12, 0x67, 0, 80];
        let mut v6 = [0; 36];
        (v6[..4]).copy_from_slice(&[0x20, 1, 0xd, 0xb8]);
        v6[33] = 7;
        vec![
            (
                b"PROXY TCP4 192.0.2.1 10.0.0.1 4711 80\r\n".into(),
                Some("192.0.2.1:4711"),
            ),
            (
                b"PROXY TCP6 2001:db8::1 ::1 4711 80\r\n".into(),
                Some("[2001:db8::1]:4711"),
            ),
            (b"PROXY UNKNOWN\r\n".into(), None),
            (b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n".into(), None),
            (v2(0x21, 0x11, &v4), Some("192.0.2.1:4711")),
            (
                v2(0x21, 0x11, &[&v4[..], &[4, 0, 1, 9]].concat()),
                Some("192.0.2.1:4711"),
            ),
            (v2(0x21, 0x21, &v6), Some("[2001:db8::]:7")),
            (v2(0x20, 0, &[]), None),
            (v2(0x20, 0x11, &v4), None),
            (v2(0x21, 0, &[1, 2]), None),
            (v2(0x21, 0x31, &[0; 216]), None),
        ]
    }

    #[test]
    fn a_header_names_the_caller_whatever_follows_it() {
        for (header, source) in headers() {
            let received = [&header[..], b"PRI * HTTP/2.0"].concat();
            assert_eq!(parse(&received), complete(&header, source), "{header:?}");
        }
    }

    #[test]
    fn a_header_that_is_not_there_as_a_whole_is_waited_for() {
        for (header, _) in headers() {
            for length in 0..header.len() {
                let parsed = parse(&header[..length]);
                assert_eq!(parsed, ProxyHeader::Partial, "{length} of {header:?}");
            }
        }
    }

    #[test]
    fn a_connection_may_begin_without_a_header() {
        for begin in ["PRI * HTTP/2.0\r\n", "POST / HTTP/1.1\r\n", "PROXX"] {
            assert_eq!(parse(begin.as_bytes()), ProxyHeader::Absent, "{begin}");
        }
    }

    #[test]
    fn a_header_that_is_none_is_refused() {
        for header in [
            "PROXY TCP4 192.0.2.1 10.0.0.1 4711\r\n".as_bytes(),
            b"PROXY TCP4 2001:db8::1 ::1 4711 80\r\n",
            b"PROXY TCP4 192.0.2.1 10.0.0.1 65536 80\r\n",
            b"PROXY \xff\r\n",
            b"PROXY SCTP 192.0.2.1 10.0.0.1 1 2\r\n",
            &[b"PROXY UNKNOWN ".as_slice(), &[b'x'; V1_BYTES_MAX]].concat(),
            &v2(0x11, 0x11, &[0; 12]),
            &v2(0x22, 0x11, &[0; 12]),
            &v2(0x21, 0x41, &[0; 12]),
            &v2(0x21, 0x11, &[0; 11]),
            &v2(0x21, 0x21, &[0; 35]),
        ] {
            assert_eq!(parse(header), ProxyHeader::Malformed, "{header:?}");
        }
    }
}
