use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::time::{interval, sleep};
use tokio_util::sync::CancellationToken;

use super::ConnectionRules;
use super::limiter::{AcceptedConnection, EstablishedConnection};
use super::requests::Requests;
use super::usage::Usage;
use crate::admission::{Expired, UnsentParts};
use crate::limits::{CONNECTION_CLOSING_GRACE, UNREAD_CHECKS_PER_TIMEOUT};
use crate::serve::http::{HttpService, StreamExecutor, builder};

/// Connections close earlier than their maximum age by up to 1/`AGE_SPREAD` of it, so that
/// connections that opened together do not all close together.
const AGE_SPREAD: u32 = 10;

/// A step through the range of 32 bits by the golden ratio: successive values are always far apart.
const SPREAD_STEP: u32 = 0x9E37_79B9;

/// Serves accepted connections.
pub(super) struct ConnectionHandler<S> {
    service: S,
    http: Builder<StreamExecutor>,
    rules: ConnectionRules,
    closing: CancellationToken,
    spread: AtomicU32,
}

impl<S: HttpService> ConnectionHandler<S> {
    pub(super) fn new(service: S, rules: ConnectionRules, closing: CancellationToken) -> Self {
        Self {
            service,
            http: builder(),
            rules,
            closing,
            spread: AtomicU32::new(0),
        }
    }

    /// Serves a connection until it ends.
    pub(super) async fn serve(&self, accepted: AcceptedConnection) {
        let connection = tokio::select! {
            () = self.closing.cancelled() => None,
            connection = accepted.handshake() => connection,
        };
        if let Some(connection) = connection {
            self.serve_http(connection).await;
        }
    }

    /// Serves calls until the peer closes the connection. When the connection is idle or old, or
    /// the server shuts down, it asks the peer to close (GOAWAY); calls under way continue to their
    /// end.
    async fn serve_http(&self, connection: EstablishedConnection) {
        let EstablishedConnection {
            transport,
            identity,
            permits: _permits,
        } = connection;
        let (usage, unsent) = (Usage::new(), Arc::<UnsentParts>::default());
        let requests = Requests::new(
            self.service.clone(),
            identity,
            Arc::clone(&usage),
            Arc::clone(&unsent),
        );
        let requests = TowerToHyperService::new(requests);
        let connection = self
            .http
            .serve_connection(TokioIo::new(transport), requests);
        let mut connection = pin!(connection);
        let mut stalled = pin!(reset_stalled_streams(&unsent, self.rules.unread_max));
        tokio::select! {
            ended = connection.as_mut() => return log_end(ended),
            () = stalled.as_mut() => return,
            () = self.closing.cancelled() => {}
            () = sleep(self.next_age()) => {}
            () = usage.idle_for(self.rules.idle) => {}
        }
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            ended = connection.as_mut() => log_end(ended),
            () = stalled.as_mut() => {}
            () = until_idle(&usage, &unsent) => {}
        }
    }

    /// The maximum age of the next connection: a little below the configured age.
    fn next_age(&self) -> Duration {
        let spread = self.spread.fetch_add(SPREAD_STEP, Ordering::Relaxed);
        let part = f64::from(spread) / f64::from(u32::MAX);
        let earlier = (self.rules.age / AGE_SPREAD).mul_f64(part);
        self.rules.age.saturating_sub(earlier)
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

/// Resets streams whose peer does not read; returns when a reset had no effect.
async fn reset_stalled_streams(unsent: &UnsentParts, unread_max: Duration) {
    let mut checks = interval(unread_max / UNREAD_CHECKS_PER_TIMEOUT);
    loop {
        checks.tick().await;
        if unsent.expire(unread_max) == Expired::Connection {
            break;
        }
    }
    tracing::debug!("closing a connection whose peer does not read");
}

/// Waits until a closing connection has had neither a call nor bytes to send for a while.
async fn until_idle(usage: &Usage, unsent: &UnsentParts) {
    loop {
        usage.idle_for(CONNECTION_CLOSING_GRACE).await;
        if unsent.is_empty() {
            return;
        }
    }
}
