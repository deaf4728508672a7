mod connections;
mod descriptors;
mod http;
mod listen;
mod routes;
mod stack;

use std::net::SocketAddr;
use std::time::Duration;

use seatkeeper_engine::Engine;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::connections::{ConnectionRules, serve_connections};
use crate::admission::BlockingPool;
use crate::config::ServerConfig;
use crate::health;
use crate::limits::{CLOSING_GRACE, PING_TIMEOUT};
use crate::services::Context;

/// The error that prevented a start or stopped the server.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Remote callers can reach the address, and callers don't authenticate.
    #[error(
        "refusing to listen on {address}: callers are not authenticated, and remote callers could \
         reach it; listen on 127.0.0.1, or allow remote callers explicitly"
    )]
    RemoteWithoutAuthentication {
        /// The address.
        address: SocketAddr,
    },
    /// The server can't listen on the address.
    #[error("can't listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The error of the system.
        #[source]
        source: std::io::Error,
    },
    /// The configuration allows more connections than the process may have file descriptors for.
    #[error(
        "{connections} connections can't be open at once: this process may have {descriptors} \
         descriptors, and reserves {reserved} for itself; allow fewer connections, or more \
         descriptors (ulimit -n, LimitNOFILE=)"
    )]
    TooFewDescriptors {
        /// The configured number of connections.
        connections: usize,
        /// How many descriptors the process may have.
        descriptors: usize,
        /// How many descriptors the server needs for itself.
        reserved: usize,
    },
    /// The system does not return the listener's address.
    #[error("the listener has no address")]
    Listener(#[source] std::io::Error),
    /// Server reflection can't load the descriptors of the API.
    #[error("server reflection can't be set up")]
    Reflection(#[source] tonic_reflection::server::Error),
}

/// A server that accepts connections until it is drained.
pub struct Server {
    context: Context,
    drain_timeout: Duration,
    /// Cancelled when all calls have ended: connections close.
    closed: CancellationToken,
    connections: JoinHandle<()>,
    health: JoinHandle<()>,
}

impl Server {
    /// Serves the connections of `listener`. The engine must have been started.
    ///
    /// # Errors
    /// When the configuration does not allow the address, or more connections than the process may
    /// have file descriptors for.
    pub async fn start(
        engine: Engine,
        config: ServerConfig,
        listener: TcpListener,
    ) -> Result<Self, ServeError> {
        let address = listener.local_addr().map_err(ServeError::Listener)?;
        listen::check(address, &config)?;
        let connections_max = descriptors::connections_max(config.connections_max)?;
        let pool = BlockingPool::new();
        let context = Context {
            engine: engine.clone(),
            message_bytes_max: config.message_bytes_max,
            pool: pool.clone(),
            request_idle_max: config.request_idle_max,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        };
        prepare_page_tokens(&engine).await;
        let (reporter, health_service) = tonic_health::server::health_reporter();
        let serving = health::is_serving(&engine).await;
        health::report(&reporter, serving).await;
        let stop = context.stop.clone();
        let health = tokio::spawn(health::watch(engine, reporter, serving, stop.clone()));

        let routes = routes::routes(&context)?.add_service(health_service);
        let closed = CancellationToken::new();
        let connections = tokio::spawn(serve_connections(
            listener,
            stack::service(routes, &config, address, &pool, &stop),
            ConnectionRules::new(&config, connections_max),
            closed.clone(),
        ));
        Ok(Self {
            context,
            drain_timeout: config.drain,
            closed,
            connections,
            health,
        })
    }

    /// Drains the server. It first reports itself as not serving. Streams end with their resume
    /// point, running chunks are committed, and leases are released. After
    /// [`ServerConfig::drain`], the remaining connections are closed.
    pub async fn drain(mut self) {
        self.context.stop.cancel();
        // The watch ends after it has reported that the server is not serving.
        drop(self.health.await);
        let drain_timeout = self.drain_timeout;
        tracing::info!(drain_seconds = drain_timeout.as_secs(), "shutting down");
        let ordered = async {
            // User streams end before the engine, which stores the users that they left.
            self.context.tasks.close();
            self.context.tasks.wait().await;
            let drained = self.context.engine.drain(drain_timeout).await;
            self.closed.cancel();
            // All responses are complete. The timeout is for connections that stay silent and for
            // peers that do not read, which could otherwise delay the end without a bound.
            (drained, timeout(CLOSING_GRACE, &mut self.connections).await)
        };
        match timeout(drain_timeout, ordered).await {
            Ok((true, Ok(Ok(())))) => {}
            Ok((false, Ok(Ok(())))) => {
                tracing::warn!("some work was interrupted; it will be resumed");
            }
            Ok((_, Ok(Err(_)) | Err(_))) | Err(_) => {
                self.connections.abort();
                tracing::info!("closed connections that were still open; streams can be resumed");
            }
        }
    }
}

/// Reads the keys of page tokens before a call needs them, and adds the first key to a new
/// database: lists only read, and must not wait for a lock. If the database does not answer in
/// time, the first call that lists reads the keys.
async fn prepare_page_tokens(engine: &Engine) {
    match timeout(PING_TIMEOUT, engine.token_keys(None)).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "can't read the keys of page tokens");
        }
        Err(_) => tracing::warn!("the database did not return the keys of page tokens in time"),
    }
}
