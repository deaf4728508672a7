use std::io;
use std::net::SocketAddr;

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::limits::PROXY_HEADER_BYTES_MAX;
use crate::proxies::{ProxyHeader, parse};

/// The fewest bytes at the start of every supported protocol: the HTTP/2 preface has exactly this
/// many, and an HTTP/1 request has more.
const PREFACE_BYTES: usize = 24;

/// The first bytes of a connection.
#[derive(Debug)]
pub(super) struct Preface {
    /// The bytes received of HTTP.
    pub(super) received: Bytes,
    /// The caller's address, if a proxy named it.
    pub(super) source: Option<SocketAddr>,
}

/// Reads the preface of a connection. A PROXY protocol header may come first if the peer is a
/// trusted proxy.
///
/// # Errors
/// When reading fails, and for a header that is malformed or too long.
pub(super) async fn read_preface(
    stream: &mut (impl AsyncRead + Unpin),
    by_proxy: bool,
) -> io::Result<Preface> {
    let mut received = BytesMut::with_capacity(256);
    let mut source = None;
    let mut header_due = by_proxy;
    loop {
        if header_due {
            match parse(&received) {
                ProxyHeader::Partial if received.len() < PROXY_HEADER_BYTES_MAX => {}
                ProxyHeader::Partial | ProxyHeader::Malformed => {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                ProxyHeader::Absent => header_due = false,
                ProxyHeader::Complete {
                    bytes,
                    source: named,
                } => {
                    received.advance(bytes);
                    source = named;
                    header_due = false;
                }
            }
        }
        let complete = !header_due && received.len() >= PREFACE_BYTES;
        if complete || stream.read_buf(&mut received).await? == 0 {
            let received = received.freeze();
            return Ok(Preface { received, source });
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const HEADER: &[u8] = b"PROXY TCP4 192.0.2.1 192.0.2.2 4711 80\r\n";

    async fn preface(parts: &[&[u8]], by_proxy: bool) -> io::Result<Preface> {
        // A writer waits until the reader has read its previous byte.
        let (mut sender, mut receiver) = tokio::io::duplex(1);
        let parts = parts.concat();
        let ((), preface) = tokio::join!(
            async move {
                // The reader may stop before the last byte.
                drop(sender.write_all(&parts).await);
            },
            async move { read_preface(&mut receiver, by_proxy).await }
        );
        preface
    }

    #[tokio::test]
    async fn a_header_in_pieces_is_put_together_and_the_rest_is_the_protocols() {
        let preface = preface(&[HEADER, PREFACE], true).await.unwrap();
        assert_eq!(preface.source, Some(([192, 0, 2, 1], 4711).into()));
        assert_eq!(preface.received, PREFACE);
    }

    #[tokio::test]
    async fn without_a_proxy_a_header_is_what_the_peer_speaks() {
        let preface = preface(&[HEADER], false).await.unwrap();
        assert_eq!(preface.source, None);
        assert!(HEADER.starts_with(&preface.received), "{preface:?}");
    }

    #[tokio::test]
    async fn a_header_beyond_the_bound_is_refused() {
        let begin = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff";
        let rest = vec![0; PROXY_HEADER_BYTES_MAX];
        assert!(preface(&[begin, &rest], true).await.is_err());
    }
}
