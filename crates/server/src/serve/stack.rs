use std::net::SocketAddr;
use std::sync::Arc;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic_web::GrpcWebLayer;
use tower::ServiceBuilder;

use super::http::HttpService;
use crate::admission::{
    BlockingPool, CallerRateLimiter, ConcurrencyLimit, Methods, SharedLimit, StreamLimit,
};
use crate::config::ServerConfig;
use crate::hosts::HostPolicy;
use crate::layers::{
    AccessLogLayer, AdmissionLayer, CatchPanicLayer, DeadlineLayer, HostLayer, ProbesLayer,
    ReceiveLayer, RequestBodyLayer, ResponseBodyLayer,
};
use crate::limits::{PROBE_BYTES_MAX, PROBE_BYTES_PER_CALLER_MAX, RATE_LIMIT_EVICTION_INTERVAL};

/// Wraps the routes in the layers that every call passes, outermost first.
pub(super) fn service(
    routes: Routes,
    config: &ServerConfig,
    listener: SocketAddr,
    pool: &BlockingPool,
    stop: &CancellationToken,
) -> impl HttpService + use<> {
    let methods = Arc::new(Methods::of_contract());
    ServiceBuilder::new()
        .layer(ResponseBodyLayer {
            bytes: SharedLimit::new(
                config.response_bytes_max,
                config.response_bytes_per_caller_max(),
            ),
            probe_bytes: SharedLimit::new(PROBE_BYTES_MAX, PROBE_BYTES_PER_CALLER_MAX),
        })
        .layer(RequestBodyLayer {
            methods: Arc::clone(&methods),
            timeout: config.request_idle_max,
        })
        .layer(AccessLogLayer)
        .layer(CatchPanicLayer)
        .layer(HostLayer::new(HostPolicy::new(
            listener,
            config.allowed_hosts.clone(),
        )))
        .layer(GrpcWebLayer::new())
        .layer(ProbesLayer::new(
            config.concurrent_probes_max,
            config.probes_per_caller_max(),
        ))
        .layer(AdmissionLayer {
            methods: Arc::clone(&methods),
            rate_limiter: rate_limiter(config, stop),
            calls: ConcurrencyLimit::new(
                config.concurrent_calls_max,
                config.concurrent_calls_per_caller_max(),
            ),
            streams: StreamLimit::new(
                config.open_streams_max,
                config.open_streams_per_caller_max(),
            ),
        })
        .layer(DeadlineLayer {
            methods,
            unary_call_max: config.unary_call_max,
        })
        .layer(ReceiveLayer {
            budget: SharedLimit::new(
                config.request_bytes_max,
                config.request_bytes_per_caller_max(),
            ),
            pool: pool.clone(),
            message_bytes_max: config.message_bytes_max,
        })
        .service(routes.prepare())
}

/// The rate limiter, if configured, and a background task that evicts idle callers.
fn rate_limiter(config: &ServerConfig, stop: &CancellationToken) -> Option<Arc<CallerRateLimiter>> {
    let limiter = Arc::new(CallerRateLimiter::new(
        config.calls_per_second_per_caller_max?,
    ));
    let (evicting, stop) = (Arc::clone(&limiter), stop.clone());
    tokio::spawn(async move {
        while timeout(RATE_LIMIT_EVICTION_INTERVAL, stop.cancelled())
            .await
            .is_err()
        {
            evicting.evict_idle();
        }
    });
    Some(limiter)
}
