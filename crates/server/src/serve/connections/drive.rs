use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use http::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tower::Service;

use super::door::{Entered, Greeted};
use super::requests::Requests;
use super::usage::Usage;
use crate::limits::{
    CONNECTION_CLOSING_GRACE, CONNECTION_STREAMS_MAX, KEEPALIVE_INTERVAL, KEEPALIVE_TIMEOUT,
};

/// By this part of their age connections are closed earlier than others, so that those that were
/// opened together are not opened together again.
const AGE_SPREAD: u32 = 10;

/// Steps of this size through 32 bits, by the golden ratio, are far from each other at any time.
const SPREAD_STEP: u32 = 0x9E37_79B9;

/// Serves connections.
pub(super) struct Driver<S> {
    service: S,
    http: Builder<TokioExecutor>,
    idle: Duration,
    age: Duration,
    closing: CancellationToken,
    spread: AtomicU32,
}

impl<S> Driver<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Unpin + Send + 'static,
{
    pub(super) fn new(
        service: S,
        idle: Duration,
        age: Duration,
        closing: CancellationToken,
    ) -> Self {
        Self {
            service,
            http: http(),
            idle,
            age,
            closing,
            spread: AtomicU32::new(0),
        }
    }

    /// Serves a connection to its end.
    pub(super) async fn serve(&self, entered: Entered) {
        let greeted = tokio::select! {
            () = self.closing.cancelled() => None,
            greeted = entered.greeted() => greeted,
        };
        if let Some(greeted) = greeted {
            self.drive(greeted).await;
        }
    }

    /// Serves calls until the peer closes the connection, or until it is idle, old, or to be closed
    /// with the server. The peer is asked to close it then (GOAWAY), and calls that are under way go
    /// on to their end.
    async fn drive(&self, greeted: Greeted) {
        let Greeted {
            transport,
            origin,
            room: _room,
        } = greeted;
        let usage = Usage::new();
        let requests = Requests::new(self.service.clone(), origin, Arc::clone(&usage));
        let requests = TowerToHyperService::new(requests);
        let connection = self
            .http
            .serve_connection(TokioIo::new(transport), requests);
        let mut connection = pin!(connection);
        tokio::select! {
            ended = connection.as_mut() => return log_end(ended),
            () = self.closing.cancelled() => {}
            () = sleep(self.next_age()) => {}
            () = usage.idle_for(self.idle) => {}
        }
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            ended = connection.as_mut() => log_end(ended),
            // The peer was asked, has no call, and does not close.
            () = usage.idle_for(CONNECTION_CLOSING_GRACE) => {}
        }
    }

    /// How old the next connection gets: somewhat less than it may.
    fn next_age(&self) -> Duration {
        let spread = self.spread.fetch_add(SPREAD_STEP, Ordering::Relaxed);
        let part = f64::from(spread) / f64::from(u32::MAX);
        self.age - (self.age / AGE_SPREAD).mul_f64(part)
    }
}

fn log_end<E: Into<tower::BoxError>>(ended: Result<(), E>) {
    if let Err(error) = ended {
        let error = error.into();
        tracing::debug!(
            error = &*error as &dyn std::error::Error,
            "a connection broke"
        );
    }
}

fn http() -> Builder<TokioExecutor> {
    let mut http = Builder::new(TokioExecutor::new());
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(CONNECTION_STREAMS_MAX)
        .keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT);
    // With a timer, the head of a request has to come within 30 seconds.
    http.http1().timer(TokioTimer::new());
    http
}
