use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::{Stream, StreamExt as _};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::task::JoinSet;
use tokio::time::interval;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::transport::server::Connected as _;
use tower::{Service, ServiceExt as _};

use super::connections::Connection;
use crate::limits::{
    CONNECTION_STREAMS_MAX, KEEPALIVE_INTERVAL, KEEPALIVE_TIMEOUT, UNREAD_CHECKS_PER_TIMEOUT,
};
use crate::overload::{Expired, UnsentParts, resettable};

/// What a connection calls for each request.
pub(super) trait HttpService:
    Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send + 'static>
    + Clone
    + Send
    + 'static
{
}

impl<S> HttpService for S where
    S: Service<
            Request<Body>,
            Response = Response<Body>,
            Error = Infallible,
            Future: Send + 'static,
        > + Clone
        + Send
        + 'static
{
}

/// Serves HTTP/1 and HTTP/2 on connections, each in a task of its own, until `closed` is there and
/// all connections have ended. Dropping the future cuts those that are open.
///
/// `unread_max` is how long a peer may take nothing of an answer before its stream is reset.
pub(super) async fn serve(
    incoming: impl Stream<Item = io::Result<Connection>>,
    service: impl HttpService,
    unread_max: Duration,
    closed: CancellationToken,
) {
    let mut connections = JoinSet::new();
    {
        // The listening socket closes with the scope: new callers find another server at once.
        let mut incoming = pin!(incoming);
        loop {
            tokio::select! {
                () = closed.cancelled() => break,
                Some(_) = connections.join_next() => {}
                next = incoming.next() => match next {
                    Some(Ok(connection)) => {
                        let closed = closed.clone();
                        connections.spawn(drive(connection, service.clone(), unread_max, closed));
                    }
                    Some(Err(error)) => {
                        tracing::debug!(error = &error as &dyn std::error::Error, "no connection");
                    }
                    None => break,
                },
            }
        }
    }
    while connections.join_next().await.is_some() {}
}

async fn drive(
    connection: Connection,
    service: impl HttpService,
    unread_max: Duration,
    closed: CancellationToken,
) {
    let info = connection.connect_info();
    let unsent = Arc::<UnsentParts>::default();
    let parts = Arc::clone(&unsent);
    let service = service.map_request(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(info.clone());
        request.extensions_mut().insert(Arc::clone(&parts));
        request
    });
    let builder = builder();
    let io = TokioIo::new(connection);
    let mut http = pin!(builder.serve_connection(io, TowerToHyperService::new(service)));
    let mut checks = interval(unread_max / UNREAD_CHECKS_PER_TIMEOUT);
    let mut closing = false;
    loop {
        tokio::select! {
            ended = http.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(error, "a connection failed");
                }
                return;
            }
            () = closed.cancelled(), if !closing => {
                closing = true;
                http.as_mut().graceful_shutdown();
            }
            _ = checks.tick() => {
                if unsent.expire(unread_max) == Expired::Connection {
                    tracing::debug!("closing a connection whose peer does not read");
                    return;
                }
            }
        }
    }
}

fn builder() -> Builder<StreamExecutor> {
    let mut builder = Builder::new(StreamExecutor);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(KEEPALIVE_INTERVAL))
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .max_concurrent_streams(CONNECTION_STREAMS_MAX);
    // The timer is what makes HTTP/1 time out a caller that does not send its headers.
    builder.http1().timer(TokioTimer::new());
    builder
}

/// Runs each HTTP/2 stream in a task that can be reset.
#[derive(Debug, Clone, Copy)]
struct StreamExecutor;

impl<F> Executor<F> for StreamExecutor
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, stream: F) {
        tokio::spawn(resettable(stream));
    }
}
