//! Connections: accepted up to a limit, with a share for each caller; served until they are idle or
//! old, and then asked to close.

mod handler;
mod limiter;
mod preface;
mod refusals;
mod requests;
mod transport;
mod usage;

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::handler::ConnectionHandler;
use self::limiter::ConnectionLimiter;
use super::http::HttpService;
use crate::config::ServerConfig;
use crate::proxies::TrustedProxies;

/// The limits of connections.
#[derive(Debug)]
pub(super) struct ConnectionRules {
    /// The most open connections; further connections are closed at once.
    pub(super) open_max: usize,
    /// The most open connections of one caller.
    pub(super) per_caller_max: usize,
    /// How long a connection may be idle before the server asks the caller to close it.
    pub(super) idle: Duration,
    /// The age at which the server asks the caller to open a new connection.
    pub(super) age: Duration,
    /// How long a peer may read nothing of a response before the server resets its stream.
    pub(super) unread_max: Duration,
    /// The proxies that name the callers of their connections.
    pub(super) proxies: TrustedProxies,
}

impl ConnectionRules {
    /// The rules of a configuration; `open_max` already considers the file descriptors of the
    /// process.
    pub(super) fn new(config: &ServerConfig, open_max: usize) -> Self {
        Self {
            open_max,
            per_caller_max: config.connections_per_caller_max(open_max),
            idle: config.connection_idle,
            age: config.connection_age,
            unread_max: config.unread_response_max,
            proxies: TrustedProxies::new(config.trusted_proxies.clone()),
        }
    }
}

/// Serves the connections of `listener` until `closing` is cancelled and the open connections have
/// ended. Dropping the future closes them.
pub(super) async fn serve_connections(
    listener: TcpListener,
    service: impl HttpService,
    rules: ConnectionRules,
    closing: CancellationToken,
) {
    let mut limiter = ConnectionLimiter::new(listener, &rules);
    let handler = Arc::new(ConnectionHandler::new(service, rules, closing.clone()));
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            () = closing.cancelled() => break,
            accepted = limiter.next() => match accepted {
                Some(accepted) => {
                    let handler = Arc::clone(&handler);
                    open.spawn(async move { handler.serve(accepted).await });
                }
                None => break,
            },
            Some(_) = open.join_next() => {}
        }
    }
    drop(limiter);
    while open.join_next().await.is_some() {}
}
