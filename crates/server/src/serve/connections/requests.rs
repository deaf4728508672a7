use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;
use tower::{BoxError, Service};

use super::usage::{OpenCall, Usage};
use crate::admission::{CallerKey, UnsentParts};
use crate::caller::PeerInfo;
use crate::proxies::TrustedProxies;

/// The peer and the caller of a connection's requests.
#[derive(Debug, Clone)]
pub(super) struct PeerIdentity {
    peer: PeerInfo,
    caller: CallerKey,
    /// Present when the peer is a trusted proxy, which names the caller of each request.
    forwarding: Option<Arc<TrustedProxies>>,
}

impl PeerIdentity {
    pub(super) fn new(address: SocketAddr, forwarding: Option<Arc<TrustedProxies>>) -> Self {
        Self {
            peer: address.into(),
            caller: CallerKey::of_address(address.ip()),
            forwarding,
        }
    }

    /// Stores the caller in a request's extensions; no other place does.
    fn identify(&self, request: &mut Request<Body>) {
        let proxies = self.forwarding.as_ref();
        let forwarded = proxies.and_then(|proxies| proxies.forwarded_for(request.headers()));
        let (peer, caller) = match forwarded {
            Some(address) => (PeerInfo::forwarded(address), CallerKey::of_address(address)),
            None => (self.peer, self.caller),
        };
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(caller);
    }
}

impl fmt::Display for PeerIdentity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.peer.fmt(formatter)
    }
}

/// The requests of one connection. Each gets its caller, and counts as use of the connection until
/// its response has ended.
#[derive(Debug, Clone)]
pub(super) struct Requests<S> {
    inner: S,
    identity: PeerIdentity,
    usage: Arc<Usage>,
    unsent: Arc<UnsentParts>,
}

impl<S> Requests<S> {
    pub(super) fn new(
        inner: S,
        identity: PeerIdentity,
        usage: Arc<Usage>,
        unsent: Arc<UnsentParts>,
    ) -> Self {
        Self {
            inner,
            identity,
            usage,
            unsent,
        }
    }
}

impl<S, B> Service<Request<B>> for Requests<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Unpin,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<CountedBody>;
    type Error = Infallible;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let call = self.usage.call();
        let mut request = request.map(Body::new);
        self.identity.identify(&mut request);
        request.extensions_mut().insert(Arc::clone(&self.unsent));
        ResponseFuture {
            response: self.inner.call(request),
            call: Some(call),
        }
    }
}

/// The future of a request's response.
pub(super) struct ResponseFuture<F> {
    response: F,
    /// `None` after the body of the response has taken it.
    call: Option<OpenCall>,
}

impl<F> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<Body>, Infallible>> + Unpin,
{
    type Output = Result<Response<CountedBody>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let response = ready!(Pin::new(&mut self.response).poll(context));
        let call = self.call.take();
        Poll::Ready(response.map(|response| response.map(|body| CountedBody { body, _call: call })))
    }
}

/// The body of a response, which counts as use of its connection until it is dropped.
pub(super) struct CountedBody {
    body: Body,
    _call: Option<OpenCall>,
}

impl http_body::Body for CountedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identified(proxies: Option<&str>, forwarded_for: &str) -> (String, CallerKey) {
        let proxies = proxies.map(|network| TrustedProxies::new(vec![network.parse().unwrap()]));
        let identity = PeerIdentity::new(([10, 0, 0, 1], 4711).into(), proxies.map(Arc::new));
        let request = Request::builder().header("x-forwarded-for", forwarded_for);
        let mut request = request.body(Body::empty()).unwrap();
        identity.identify(&mut request);
        let peer = crate::caller::peer(request.extensions()).unwrap();
        (peer.to_string(), CallerKey::of(request.extensions()))
    }

    fn key(address: [u8; 4]) -> CallerKey {
        CallerKey::of_address(address.into())
    }

    #[test]
    fn a_listed_proxy_names_the_caller_of_a_request() {
        let (peer, caller) = identified(Some("10.0.0.0/8"), "192.0.2.1");
        assert_eq!((&*peer, caller), ("192.0.2.1", key([192, 0, 2, 1])));
    }

    #[test]
    fn a_peer_that_is_not_listed_names_no_other_caller() {
        let (peer, caller) = identified(None, "192.0.2.1");
        assert_eq!((&*peer, caller), ("10.0.0.1:4711", key([10, 0, 0, 1])));
    }

    #[test]
    fn a_proxy_that_names_no_address_is_the_caller() {
        let (peer, caller) = identified(Some("10.0.0.0/8"), "unknown");
        assert_eq!((&*peer, caller), ("10.0.0.1:4711", key([10, 0, 0, 1])));
    }
}
