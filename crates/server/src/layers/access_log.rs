use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::{Frame, SizeHint};
use tonic::body::Body;
use tonic::{Code, Status};
use tower::{Layer, Service};

use crate::caller::peer;

/// The header with a caller's own id for a call, which the server logs.
const REQUEST_ID_HEADER: &str = "x-request-id";

/// The most characters of this id that are logged.
const REQUEST_ID_LENGTH_MAX: usize = 64;

/// The path prefix of the health service.
const HEALTH_PREFIX: &str = "/grpc.health.v1.";

/// Logs one line per call when its response has ended. The contents of requests and responses are
/// never logged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AccessLogLayer;

/// A service whose calls are logged.
#[derive(Debug, Clone)]
pub(crate) struct AccessLog<S> {
    inner: S,
}

impl<S> Layer<S> for AccessLogLayer {
    type Service = AccessLog<S>;

    fn layer(&self, inner: S) -> AccessLog<S> {
        AccessLog { inner }
    }
}

impl<S> Service<Request<Body>> for AccessLog<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response<Body>, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let mut line = AccessLogLine::begin(&request);
        let pending = self.inner.call(request);
        async move {
            let response = pending.await?;
            line.note(response.headers());
            line.note_http(response.status());
            Ok(response.map(|body| Body::new(LoggedBody { body, line })))
        }
        .boxed()
    }
}

/// The log line of a call; dropping it writes the line.
struct AccessLogLine {
    method: String,
    peer: String,
    request_id: String,
    start: Instant,
    code: Option<Code>,
    /// The HTTP status of a request that was rejected before it was a gRPC call.
    http: Option<StatusCode>,
}

impl AccessLogLine {
    fn begin(request: &Request<Body>) -> Self {
        let request_id = request.headers().get(REQUEST_ID_HEADER);
        let request_id = request_id
            .and_then(|id| id.to_str().ok())
            .unwrap_or_default();
        Self {
            method: request.uri().path().to_owned(),
            peer: peer(request.extensions()).map_or_else(String::new, |peer| peer.to_string()),
            request_id: request_id.chars().take(REQUEST_ID_LENGTH_MAX).collect(),
            start: Instant::now(),
            code: None,
            http: None,
        }
    }

    /// Stores the status, if these headers or trailers have one.
    fn note(&mut self, headers: &HeaderMap) {
        if let Some(status) = Status::from_header_map(headers) {
            self.code = Some(status.code());
        }
    }

    fn note_http(&mut self, status: StatusCode) {
        self.http = (status != StatusCode::OK).then_some(status);
    }

    /// The outcome of the call. Without a status, the caller disconnected before the response
    /// ended.
    fn outcome(&self) -> String {
        match (self.code, self.http) {
            (Some(code), _) => format!("{code:?}"),
            (None, Some(status)) => format!("Http{}", status.as_u16()),
            (None, None) => "Hangup".to_owned(),
        }
    }
}

impl Drop for AccessLogLine {
    fn drop(&mut self) {
        let latency = u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX);
        let latency_ms = latency / 1_000;
        let code = self.outcome();
        let Self {
            method,
            peer,
            request_id,
            ..
        } = self;
        let caller = "local";
        // Health checks come every few seconds and say little about callers.
        if method.starts_with(HEALTH_PREFIX) {
            tracing::debug!(method, code, latency_ms, caller, peer, request_id, "probe");
        } else {
            tracing::info!(method, code, latency_ms, caller, peer, request_id, "call");
        }
    }
}

/// The body of a response, which ends with the status.
struct LoggedBody {
    body: Body,
    line: AccessLogLine,
}

impl http_body::Body for LoggedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(trailers) = frame.trailers_ref()
        {
            self.line.note(trailers);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
