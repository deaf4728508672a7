//! Connections: accepted up to a number, of which each caller has a share; served until they are idle
//! or old, and then asked to close.

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

/// What connections may do.
#[derive(Debug)]
pub(super) struct ConnectionRules {
    /// Connections that are open at once; more are closed as they come.
    pub(super) open_max: usize,
    /// Connections that one caller has open at once.
    pub(super) per_caller_max: usize,
    /// How long a connection may have no call before it is asked to close.
    pub(super) idle: Duration,
    /// How long a connection takes calls before its caller is asked for a new one.
    pub(super) age: Duration,
    /// How long a peer may take nothing of an answer before its stream is reset.
    pub(super) unread_max: Duration,
    /// The proxies that name the callers of their connections.
    pub(super) proxies: TrustedProxies,
}

impl ConnectionRules {
    /// The rules of a configuration, with as many connections as the process has descriptors for.
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

/// Serves the connections to `listener` until `closing` is cancelled and those that are open have
/// ended. Dropping the future cuts them.
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
