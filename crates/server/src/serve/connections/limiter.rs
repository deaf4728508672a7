use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures::StreamExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tonic::transport::server::TcpIncoming;

use super::ConnectionRules;
use super::preface::read_preface;
use super::refusals::Refusals;
use super::requests::PeerIdentity;
use super::transport::Transport;
use crate::admission::{CallerKey, LimitPermit, SharedLimit};
use crate::limits::{ACCEPT_PAUSE, HANDSHAKE_TIMEOUT, KEEPALIVE_INTERVAL};
use crate::proxies::TrustedProxies;

/// Accepts connections up to the limit. It closes further connections at once, so that their
/// callers find another server instead of waiting.
#[derive(Debug)]
pub(super) struct ConnectionLimiter {
    incoming: TcpIncoming,
    slots: Arc<Semaphore>,
    open_max: usize,
    refusals: Refusals,
    callers: Arc<Callers>,
}

/// Identifies the caller of each connection.
#[derive(Debug)]
struct Callers {
    limit: Arc<SharedLimit>,
    proxies: Arc<TrustedProxies>,
    refusals: Refusals,
}

/// An accepted connection that has sent nothing yet.
#[derive(Debug)]
pub(super) struct AcceptedConnection {
    stream: TcpStream,
    address: SocketAddr,
    slot: OwnedSemaphorePermit,
    /// [`ConnectionPermit::Proxy`] for a trusted proxy.
    permit: ConnectionPermit,
    callers: Arc<Callers>,
}

/// A connection with a known preface and caller.
#[derive(Debug)]
pub(super) struct EstablishedConnection {
    pub(super) transport: Transport,
    pub(super) identity: PeerIdentity,
    /// Held as long as the connection is open.
    pub(super) permits: (OwnedSemaphorePermit, ConnectionPermit),
}

impl ConnectionLimiter {
    pub(super) fn new(listener: TcpListener, rules: &ConnectionRules) -> Self {
        let incoming = TcpIncoming::from(listener)
            .with_nodelay(Some(true))
            .with_keepalive(Some(KEEPALIVE_INTERVAL));
        Self {
            incoming,
            slots: Arc::new(Semaphore::new(rules.open_max)),
            open_max: rules.open_max,
            refusals: Refusals::default(),
            callers: Arc::new(Callers {
                limit: SharedLimit::new(rules.open_max, rules.per_caller_max),
                proxies: Arc::new(rules.proxies.clone()),
                refusals: Refusals::default(),
            }),
        }
    }

    /// Accepts the next connection within the limits.
    pub(super) async fn next(&mut self) -> Option<AcceptedConnection> {
        loop {
            match self.incoming.next().await? {
                Ok(stream) => {
                    if let Some(accepted) = self.admit(stream) {
                        return Some(accepted);
                    }
                }
                // The peer has disconnected, or the system has no descriptors or memory left. The
                // system repeats the second error as long as its cause lasts.
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "can't accept");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn admit(&self, stream: TcpStream) -> Option<AcceptedConnection> {
        let address = stream.peer_addr().ok()?;
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
            if let Some(refused) = self.refusals.count() {
                tracing::warn!(
                    refused,
                    connections_max = self.open_max,
                    "rejecting connections: the server's limit of open connections is reached"
                );
            }
            return None;
        };
        Some(AcceptedConnection {
            permit: self.callers.permit(address.ip())?,
            stream,
            address,
            slot,
            callers: Arc::clone(&self.callers),
        })
    }
}

/// A connection's permit under the limit of its caller.
#[derive(Debug)]
pub(super) enum ConnectionPermit {
    /// The permit of a caller.
    Caller(#[expect(dead_code, reason = "held for its drop")] LimitPermit),
    /// A trusted proxy, which needs no permit.
    Proxy,
}

impl Callers {
    /// Acquires a permit for the caller; `None` when its share is used up. A proxy's connections
    /// carry the calls of many callers, so a proxy needs no permit.
    fn permit(&self, address: IpAddr) -> Option<ConnectionPermit> {
        if self.proxies.lists(address) {
            return Some(ConnectionPermit::Proxy);
        }
        let caller = CallerKey::of_address(address);
        let taken = self.limit.acquire(caller, 1);
        if taken.is_err()
            && let Some(refused) = self.refusals.count()
        {
            tracing::warn!(
                refused,
                %caller,
                "rejecting connections: the caller's limit of open connections is reached"
            );
        }
        taken.ok().map(ConnectionPermit::Caller)
    }
}

impl AcceptedConnection {
    /// Reads the preface, and the caller's address if a proxy sends it. `None` when the preface
    /// times out, or when the caller's share of connections is used up.
    pub(super) async fn handshake(self) -> Option<EstablishedConnection> {
        let Self {
            mut stream,
            mut address,
            slot,
            mut permit,
            callers,
        } = self;
        let by_proxy = callers.proxies.lists(address.ip());
        let preface = timeout(HANDSHAKE_TIMEOUT, read_preface(&mut stream, by_proxy)).await;
        let preface = preface.ok()?.ok()?;
        if let Some(source) = preface.source {
            address = source;
            permit = callers.permit(address.ip())?;
        }
        let forwarding = callers.proxies.lists(address.ip());
        let forwarding = forwarding.then(|| Arc::clone(&callers.proxies));
        Some(EstablishedConnection {
            transport: Transport::new(stream, preface.received),
            identity: PeerIdentity::new(address, forwarding),
            permits: (slot, permit),
        })
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpSocket;

    use super::*;
    use crate::ServerConfig;
    use crate::proxies::Network;

    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    async fn limiter(
        open_max: usize,
        per_caller_max: usize,
        proxies: &[&str],
    ) -> (ConnectionLimiter, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let networks: Vec<Network> = proxies.iter().map(|it| it.parse().unwrap()).collect();
        let config = ServerConfig {
            connections_per_caller_max: Some(per_caller_max),
            trusted_proxies: networks,
            ..ServerConfig::default()
        };
        let rules = ConnectionRules::new(&config, open_max);
        (ConnectionLimiter::new(listener, &rules), address)
    }

    /// A connection from an address of the loopback network.
    async fn connect(from: &str, to: SocketAddr) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
        socket.connect(to).await.unwrap()
    }

    /// Whether the limiter closes a connection, and admits none before it has closed.
    async fn is_closed(limiter: &mut ConnectionLimiter, stream: &mut TcpStream) -> bool {
        let mut byte = [0];
        tokio::select! {
            read = stream.read(&mut byte) => read.unwrap_or(0) == 0,
            _ = limiter.next() => false,
        }
    }

    #[tokio::test]
    async fn a_connection_too_many_is_closed_and_the_next_after_one_has_gone_is_let_in() {
        let (mut limiter, address) = limiter(1, 1, &[]).await;
        let _first = connect("127.0.0.1", address).await;
        let first = limiter.next().await.unwrap();
        let mut second = connect("127.0.0.2", address).await;
        assert!(is_closed(&mut limiter, &mut second).await);
        drop(first);
        let _third = connect("127.0.0.1", address).await;
        limiter.next().await.unwrap();
    }

    #[tokio::test]
    async fn a_caller_beyond_its_share_is_closed_and_another_is_let_in() {
        let (mut limiter, address) = limiter(4, 1, &[]).await;
        let _first = connect("127.0.0.1", address).await;
        let _accepted = limiter.next().await.unwrap();
        let mut second = connect("127.0.0.1", address).await;
        assert!(is_closed(&mut limiter, &mut second).await);
        let _other = connect("127.0.0.2", address).await;
        limiter.next().await.unwrap();
    }

    /// A connection that begins with these bytes, as the limiter accepts it.
    async fn handshake(
        limiter: &mut ConnectionLimiter,
        address: SocketAddr,
        bytes: &[u8],
    ) -> Option<EstablishedConnection> {
        let mut stream = connect("127.0.0.1", address).await;
        let accepted = limiter.next().await.unwrap();
        stream.write_all(bytes).await.unwrap();
        accepted.handshake().await
    }

    #[tokio::test]
    async fn callers_behind_a_listed_proxy_have_shares_of_their_own() {
        let (mut limiter, address) = limiter(9, 1, &["127.0.0.1"]).await;
        let begin = |caller: &str| {
            let header = format!("PROXY TCP4 {caller} 127.0.0.1 4711 80\r\n");
            [header.as_bytes(), PREFACE].concat()
        };
        let first = handshake(&mut limiter, address, &begin("192.0.2.1")).await;
        assert_eq!(
            first.as_ref().unwrap().identity.to_string(),
            "192.0.2.1:4711"
        );
        assert!(
            handshake(&mut limiter, address, &begin("192.0.2.1"))
                .await
                .is_none()
        );
        assert!(
            handshake(&mut limiter, address, &begin("192.0.2.2"))
                .await
                .is_some()
        );
    }

    #[tokio::test]
    async fn a_proxy_that_names_no_caller_has_as_many_connections_as_the_server() {
        let (mut limiter, address) = limiter(9, 1, &["127.0.0.1"]).await;
        let first = handshake(&mut limiter, address, PREFACE).await.unwrap();
        let second = handshake(&mut limiter, address, PREFACE).await.unwrap();
        for connection in [first, second] {
            assert!(connection.identity.to_string().starts_with("127.0.0.1:"));
        }
    }

    #[tokio::test]
    async fn a_peer_that_is_not_listed_keeps_its_address() {
        let (mut limiter, address) = limiter(9, 9, &["127.0.0.2"]).await;
        let begin = [b"PROXY TCP4 192.0.2.1 127.0.0.1 4711 80\r\n", PREFACE].concat();
        let connection = handshake(&mut limiter, address, &begin).await.unwrap();
        assert!(connection.identity.to_string().starts_with("127.0.0.1:"));
    }

    #[tokio::test]
    async fn a_connection_that_says_nothing_is_closed() {
        let (mut limiter, address) = limiter(1, 1, &[]).await;
        let _silent = connect("127.0.0.1", address).await;
        let accepted = limiter.next().await.unwrap();
        tokio::time::pause();
        assert!(accepted.handshake().await.is_none());
    }
}
