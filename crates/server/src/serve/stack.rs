use std::net::SocketAddr;
use std::sync::Arc;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic_web::GrpcWebLayer;
use tower::ServiceBuilder;

use super::http::HttpService;
use crate::config::ServerConfig;
use crate::hosts::HostPolicy;
use crate::layers::{
    AdmissionLayer, AnswerLayer, CatchPanicLayer, DeadlineLayer, HostLayer, LogLayer, ProbesLayer,
    ReceiveLayer, RequestBodyLayer,
};
use crate::limits::{CALLERS_FORGOTTEN_INTERVAL, PROBE_BYTES_MAX, PROBE_BYTES_PER_CALLER_MAX};
use crate::overload::{BlockingPool, CallSlots, CallerRates, Methods, Shares, StreamSlots};

/// The routes behind everything that every call passes, outermost first.
pub(super) fn service(
    routes: Routes,
    config: &ServerConfig,
    listener: SocketAddr,
    pool: &BlockingPool,
    stop: &CancellationToken,
) -> impl HttpService + use<> {
    let methods = Arc::new(Methods::of_contract());
    ServiceBuilder::new()
        .layer(AnswerLayer {
            bytes: Shares::new(
                config.response_bytes_max,
                config.response_bytes_per_caller_max(),
            ),
            probe_bytes: Shares::new(PROBE_BYTES_MAX, PROBE_BYTES_PER_CALLER_MAX),
        })
        .layer(RequestBodyLayer {
            methods: Arc::clone(&methods),
            timeout: config.request_idle_max,
        })
        .layer(LogLayer)
        .layer(CatchPanicLayer)
        .layer(HostLayer::new(HostPolicy::new(
            listener,
            config.allowed_hosts.clone(),
        )))
        .layer(GrpcWebLayer::new())
        .layer(ProbesLayer::new(
            config.probes_at_once_max,
            config.probes_per_caller_max(),
        ))
        .layer(AdmissionLayer {
            methods: Arc::clone(&methods),
            rates: caller_rates(config, stop),
            calls: CallSlots::new(
                config.calls_at_once_max,
                config.calls_at_once_per_caller_max(),
            ),
            streams: StreamSlots::new(
                config.open_streams_max,
                config.open_streams_per_caller_max(),
            ),
        })
        .layer(DeadlineLayer {
            methods,
            unary_call_max: config.unary_call_max,
        })
        .layer(ReceiveLayer {
            budget: Shares::new(
                config.request_bytes_max,
                config.request_bytes_per_caller_max(),
            ),
            pool: pool.clone(),
            message_bytes_max: config.message_bytes_max,
        })
        .service(routes.prepare())
}

/// Counts the calls of each caller, where that is configured, and evicts callers that make none.
fn caller_rates(config: &ServerConfig, stop: &CancellationToken) -> Option<Arc<CallerRates>> {
    let rates = Arc::new(CallerRates::new(config.calls_per_second_per_caller_max?));
    let (counted, stop) = (Arc::clone(&rates), stop.clone());
    tokio::spawn(async move {
        while timeout(CALLERS_FORGOTTEN_INTERVAL, stop.cancelled())
            .await
            .is_err()
        {
            counted.forget_the_silent();
        }
    });
    Some(rates)
}
