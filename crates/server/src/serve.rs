mod bind;
mod connections;
mod descriptors;
mod http;
mod routes;
mod stack;

use std::net::SocketAddr;
use std::time::Duration;

use seatkeeper_engine::Engine;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use bind::bind;

use self::connections::{ConnectionRules, serve_connections};
use crate::admission::BlockingPool;
use crate::config::ServerConfig;
use crate::health;
use crate::limits::{CLOSING_GRACE, PING_TIMEOUT};
use crate::services::Context;

/// Why a server could not start or had to stop.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address can be reached by others, and callers don't authenticate.
    #[error(
        "refusing to listen on {address}: callers are not authenticated, and others than this \
         machine could reach it; listen on 127.0.0.1, or allow remote callers explicitly"
    )]
    RemoteWithoutAuthentication {
        /// The address.
        address: SocketAddr,
    },
    /// The address can't be listened on.
    #[error("can't listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// More connections are configured than the process may have descriptors for.
    #[error(
        "{connections} connections can't be open at once: this process may have {descriptors} \
         descriptors, and keeps {reserved} for itself; allow fewer connections, or more descriptors \
         (ulimit -n, LimitNOFILE=)"
    )]
    TooFewDescriptors {
        /// The connections configured.
        connections: usize,
        /// The descriptors that the process may have.
        descriptors: usize,
        /// Those it needs itself.
        reserved: usize,
    },
    /// The listener's own address can't be told.
    #[error("the listener has no address")]
    Listener(#[source] std::io::Error),
    /// The descriptors of the contract can't be served.
    #[error("server reflection can't be set up")]
    Reflection(#[source] tonic_reflection::server::Error),
}

/// Serves until `shutdown` is there, then drains: health says so first, streams end with where to
/// resume, running chunks are committed and leases released, and what is still open after
/// [`ServerConfig::drain`] is cut.
///
/// The engine must have been started. `listener` comes from [`bind()`].
pub async fn serve(
    engine: Engine,
    config: ServerConfig,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let address = listener.local_addr().map_err(ServeError::Listener)?;
    bind::check(address, &config)?;
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
    let watching = tokio::spawn(health::watch(engine, reporter, serving, stop.clone()));

    let routes = routes::routes(&context)?.add_service(health_service);
    let closed = CancellationToken::new();
    let running = tokio::spawn(serve_connections(
        listener,
        stack::service(routes, &config, address, &pool, &stop),
        ConnectionRules::new(&config, connections_max),
        closed.clone(),
    ));

    shutdown.await;
    stop.cancel();
    // Nobody is told that this server serves from here on.
    drop(watching.await);
    drain(&context, config.drain, &closed, running).await;
    Ok(())
}

/// Reads the keys of page tokens, and adds the first one to a new database, before a call needs them:
/// lists are reads, and must not wait for a lock. Where the database does not answer in time, the
/// first call that lists does this.
async fn prepare_page_tokens(engine: &Engine) {
    match timeout(PING_TIMEOUT, engine.token_keys(None)).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "the keys of page tokens could not be read");
        }
        Err(_) => tracing::warn!("the database did not return the keys of page tokens in time"),
    }
}

type Running = tokio::task::JoinHandle<()>;

/// Lets what is under way come to its end, within `drain_timeout`, and then cuts the rest.
async fn drain(
    context: &Context,
    drain_timeout: Duration,
    closed: &CancellationToken,
    mut running: Running,
) {
    tracing::info!(drain_seconds = drain_timeout.as_secs(), "shutting down");
    let ordered = async {
        // Streams of users end before the engine does, which writes down what they left.
        context.tasks.close();
        context.tasks.wait().await;
        let drained = context.engine.drain(drain_timeout).await;
        closed.cancel();
        // Everything was said by now. A connection that stays silent, or a reader that does not
        // read, would hold the server up as long as it likes.
        (drained, timeout(CLOSING_GRACE, &mut running).await)
    };
    match timeout(drain_timeout, ordered).await {
        Ok((true, Ok(Ok(())))) => {}
        Ok((false, Ok(Ok(())))) => {
            tracing::warn!("some work was cut off; it will be taken up again");
        }
        Ok((_, Ok(Err(_)) | Err(_))) | Err(_) => {
            running.abort();
            tracing::info!("connections that were still open were cut; streams can be resumed");
        }
    }
}
