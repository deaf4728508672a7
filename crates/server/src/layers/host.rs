use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::future::Either;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Request, Response, StatusCode, Version};
use tonic::body::Body;
use tower::{Layer, Service};

use crate::admission::Probe;
use crate::hosts::HostPolicy;

/// The response to a request with another content type, so that an operator finds the cause.
const NOT_GRPC: &str =
    "the content type must be application/grpc over HTTP/2, or application/grpc-web\n";

/// The response to a browser that calls under another host name.
const HOST_REFUSED: &str = "this server does not answer browsers under this host name; call it as \
                            localhost, or start it with --allowed-hosts\n";

/// Rejects requests that are neither gRPC nor gRPC-Web, and requests that a browser may have sent
/// for a page of another site. Browsers send gRPC-Web, and HTTP/1; native gRPC can't come from a
/// browser and is not checked. Health is not checked either: it returns nothing that a page could
/// use, and load balancers call it under any name.
#[derive(Debug, Clone)]
pub(crate) struct HostLayer {
    policy: Arc<HostPolicy>,
}

/// A service that browsers can call only under the server's own names.
#[derive(Debug, Clone)]
pub(crate) struct Hosted<S> {
    inner: S,
    policy: Arc<HostPolicy>,
}

impl HostLayer {
    pub(crate) fn new(policy: HostPolicy) -> Self {
        Self {
            policy: Arc::new(policy),
        }
    }
}

impl<S> Layer<S> for HostLayer {
    type Service = Hosted<S>;

    fn layer(&self, inner: S) -> Hosted<S> {
        Hosted {
            inner,
            policy: Arc::clone(&self.policy),
        }
    }
}

impl<S> Service<Request<Body>> for Hosted<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Either<S::Future, Ready<Result<Response<Body>, Infallible>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        match refusal(&self.policy, &request) {
            None => Either::Left(self.inner.call(request)),
            Some((status, why)) => Either::Right(ready(Ok(refused(status, why)))),
        }
    }
}

fn refusal(policy: &HostPolicy, request: &Request<Body>) -> Option<(StatusCode, &'static str)> {
    let over_http2 = request.version() == Version::HTTP_2;
    let content = Content::of(request.headers());
    if over_http2 && content == Content::Grpc {
        return None;
    }
    let health = Probe::at(request.uri().path()).is_some_and(Probe::is_health);
    if content == Content::GrpcWeb || !over_http2 {
        let named = health || policy.allows(request.uri(), request.headers());
        if !named {
            return Some((StatusCode::FORBIDDEN, HOST_REFUSED));
        }
    }
    (content != Content::GrpcWeb).then_some((StatusCode::UNSUPPORTED_MEDIA_TYPE, NOT_GRPC))
}

fn refused(status: StatusCode, why: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::new(why.to_owned()));
    *response.status_mut() = status;
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, text);
    response
}

/// The kind of content type of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Grpc,
    GrpcWeb,
    Other,
}

impl Content {
    fn of(headers: &HeaderMap) -> Self {
        match headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes) {
            Some(
                b"application/grpc-web"
                | b"application/grpc-web+proto"
                | b"application/grpc-web-text"
                | b"application/grpc-web-text+proto",
            ) => Self::GrpcWeb,
            Some(content) => match content.strip_prefix(b"application/grpc") {
                Some([] | [b'+' | b';', ..]) => Self::Grpc,
                Some(_) | None => Self::Other,
            },
            None => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &str = "/seatkeeper.v1.CustomerService/ListCustomers";
    const WEB: &str = "application/grpc-web+proto";

    fn refusal_of(version: Version, path: &str, host: &str, content: &str) -> Option<u16> {
        let policy = HostPolicy::new(([127, 0, 0, 1], 1).into(), Vec::new());
        let request = Request::post(format!("http://{host}{path}")).version(version);
        let request = request.header(CONTENT_TYPE, content);
        let request = request.body(Body::empty()).unwrap();
        refusal(&policy, &request).map(|(status, _)| status.as_u16())
    }

    #[test]
    fn browsers_call_under_a_name_of_the_server_alone() {
        for version in [Version::HTTP_11, Version::HTTP_2] {
            assert_eq!(refusal_of(version, CALL, "localhost:1", WEB), None);
            assert_eq!(refusal_of(version, CALL, "evil.example", WEB), Some(403));
        }
        let plain = "text/plain";
        let rebound = refusal_of(Version::HTTP_11, CALL, "evil.example", plain);
        assert_eq!(rebound, Some(403));
    }

    #[test]
    fn native_calls_have_any_name() {
        for content in [
            "application/grpc",
            "application/grpc+proto",
            "application/grpc;a=b",
        ] {
            let refused = refusal_of(Version::HTTP_2, CALL, "any.example", content);
            assert_eq!(refused, None, "{content}");
        }
    }

    #[test]
    fn health_is_answered_under_any_name() {
        let health = "/grpc.health.v1.Health/Check";
        for version in [Version::HTTP_11, Version::HTTP_2] {
            assert_eq!(refusal_of(version, health, "any.example", WEB), None);
        }
    }

    #[test]
    fn requests_that_are_not_grpc_are_refused() {
        for content in [
            "",
            "text/plain",
            "application/json",
            "application/grpcx",
            "application/grpc-web+json",
            "Application/grpc",
        ] {
            for version in [Version::HTTP_11, Version::HTTP_2] {
                let refused = refusal_of(version, CALL, "localhost", content);
                assert_eq!(refused, Some(415), "{content} {version:?}");
            }
        }
        let native = refusal_of(Version::HTTP_11, CALL, "localhost", "application/grpc");
        assert_eq!(native, Some(415));
    }
}
