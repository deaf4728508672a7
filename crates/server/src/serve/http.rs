use std::convert::Infallible;

use http::{Request, Response};
use hyper::rt::Executor;
use hyper_util::rt::TokioTimer;
use hyper_util::server::conn::auto::Builder;
use tonic::body::Body;
use tower::Service;

use crate::admission::resettable;
use crate::limits::{CONNECTION_STREAMS_MAX, KEEPALIVE_INTERVAL, KEEPALIVE_TIMEOUT};

/// The service that a connection calls for each request.
pub(super) trait HttpService:
    Service<
        Request<Body>,
        Response = Response<Body>,
        Error = Infallible,
        Future: Unpin + Send + 'static,
    > + Clone
    + Send
    + Sync
    + 'static
{
}

impl<S> HttpService for S where
    S: Service<
            Request<Body>,
            Response = Response<Body>,
            Error = Infallible,
            Future: Unpin + Send + 'static,
        > + Clone
        + Send
        + Sync
        + 'static
{
}

/// Builds the HTTP/1 and HTTP/2 settings of connections.
pub(super) fn builder() -> Builder<StreamExecutor> {
    let mut builder = Builder::new(StreamExecutor);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(KEEPALIVE_INTERVAL))
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .max_concurrent_streams(CONNECTION_STREAMS_MAX);
    // HTTP/1 needs the timer for its timeout of request headers.
    builder.http1().timer(TokioTimer::new());
    builder
}

/// Runs each HTTP/2 stream in a task that can be reset.
#[derive(Debug, Clone, Copy)]
pub(super) struct StreamExecutor;

impl<F> Executor<F> for StreamExecutor
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, stream: F) {
        tokio::spawn(resettable(stream));
    }
}
