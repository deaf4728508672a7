//! Reports health from the database: a server whose database does not answer is not serving.

use seatkeeper_engine::Engine;
use seatkeeper_proto::v1;
use tokio::time::{interval, timeout};
use tokio_util::sync::CancellationToken;
use tonic::server::NamedService;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::limits::{PING_INTERVAL, PING_TIMEOUT};
use crate::services::{
    Batches, Catalogs, Customers, Directory, Entitlements, Journal, Licenses, Selections, Waitlist,
};

/// The services with a health status; the empty name stands for the server as a whole.
const NAMES: [&str; 10] = [
    "",
    v1::catalog_service_server::CatalogServiceServer::<Catalogs>::NAME,
    v1::customer_service_server::CustomerServiceServer::<Customers>::NAME,
    v1::directory_service_server::DirectoryServiceServer::<Directory>::NAME,
    v1::entitlement_service_server::EntitlementServiceServer::<Entitlements>::NAME,
    v1::license_service_server::LicenseServiceServer::<Licenses>::NAME,
    v1::batch_service_server::BatchServiceServer::<Batches>::NAME,
    v1::selection_service_server::SelectionServiceServer::<Selections>::NAME,
    v1::journal_service_server::JournalServiceServer::<Journal>::NAME,
    v1::waitlist_service_server::WaitlistServiceServer::<Waitlist>::NAME,
];

/// Sets the health status of every service.
pub(crate) async fn report(reporter: &HealthReporter, serving: bool) {
    let status = if serving {
        ServingStatus::Serving
    } else {
        ServingStatus::NotServing
    };
    for name in NAMES {
        reporter.set_service_status(name, status).await;
    }
}

/// Whether the database answers within [`PING_TIMEOUT`].
pub(crate) async fn is_serving(engine: &Engine) -> bool {
    matches!(timeout(PING_TIMEOUT, engine.ping()).await, Ok(Ok(())))
}

/// Polls the database and updates the health status until the server stops; then reports that the
/// server is not serving.
pub(crate) async fn watch(
    engine: Engine,
    reporter: HealthReporter,
    mut serving: bool,
    stop: CancellationToken,
) {
    let mut ticks = interval(PING_INTERVAL);
    loop {
        tokio::select! {
            () = stop.cancelled() => return report(&reporter, false).await,
            _ = ticks.tick() => {}
        }
        let now_serving = is_serving(&engine).await;
        if now_serving != serving && !stop.is_cancelled() {
            serving = now_serving;
            report(&reporter, serving).await;
            if serving {
                tracing::info!("the database answers again");
            } else {
                tracing::error!("the database does not answer");
            }
        }
    }
}
