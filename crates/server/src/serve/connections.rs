//! Connections: accepted up to a number, of which each caller has a share; served until they are idle
//! or old, and then asked to close.

mod door;
mod drive;
mod greeting;
mod refusals;
mod requests;
mod transport;
mod usage;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tower::Service;

use self::door::Door;
use self::drive::Driver;
use crate::overload::Shares;
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
    /// The proxies that name the callers of their connections.
    pub(super) proxies: TrustedProxies,
}

/// Serves the connections to `listener` until `closing` is cancelled and those that are open have
/// ended. Dropping the future cuts them.
pub(super) async fn serve_connections<S>(
    listener: TcpListener,
    service: S,
    rules: ConnectionRules,
    closing: CancellationToken,
) where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Unpin + Send + 'static,
{
    let shares = Shares::new(usize::MAX, rules.per_caller_max);
    let mut door = Door::new(listener, rules.open_max, shares, rules.proxies.clone());
    let driver = Arc::new(Driver::new(service, rules.idle, rules.age, closing.clone()));
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            () = closing.cancelled() => break,
            entered = door.next() => match entered {
                Some(entered) => {
                    let driver = Arc::clone(&driver);
                    open.spawn(async move { driver.serve(entered).await });
                }
                None => break,
            },
            Some(_) = open.join_next() => {}
        }
    }
    drop(door);
    while open.join_next().await.is_some() {}
}
