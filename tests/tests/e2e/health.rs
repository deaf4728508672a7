use std::time::Duration;

use seatkeeper_proto::v1::{ErrorReason, GetCustomerRequest};
use seatkeeper_testkit::PostgresCluster;
use seatkeeper_tests::{Fixture, OwnServer, Storage, assign, everyone, on_each_database, refused};
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

const TIMEOUT: Duration = Duration::from_secs(30);

/// The whole server, and each of its services.
const SERVICES: [&str; 10] = [
    "",
    "seatkeeper.v1.BatchService",
    "seatkeeper.v1.CatalogService",
    "seatkeeper.v1.CustomerService",
    "seatkeeper.v1.DirectoryService",
    "seatkeeper.v1.EntitlementService",
    "seatkeeper.v1.JournalService",
    "seatkeeper.v1.LicenseService",
    "seatkeeper.v1.SelectionService",
    "seatkeeper.v1.WaitlistService",
];

async fn status_of(fixture: &Fixture, service: &str) -> ServingStatus {
    let request = HealthCheckRequest {
        service: service.to_owned(),
    };
    let answer = HealthClient::new(fixture.connection.channel())
        .check(request)
        .await;
    answer.unwrap().into_inner().status()
}

/// Waits until a service reports the expected status.
async fn becomes(fixture: &Fixture, service: &str, expected: ServingStatus) {
    let request = HealthCheckRequest {
        service: service.to_owned(),
    };
    let answer = HealthClient::new(fixture.connection.channel())
        .watch(request)
        .await;
    let mut messages = answer.unwrap().into_inner();
    let waiting =
        async { while messages.message().await.unwrap().unwrap().status() != expected {} };
    let waited = tokio::time::timeout(TIMEOUT, waiting).await;
    waited.unwrap_or_else(|_| panic!("{service:?} does not become {expected:?}"));
}

async fn every_service_is_serving(fixture: Fixture) {
    for service in SERVICES {
        assert_eq!(
            status_of(&fixture, service).await,
            ServingStatus::Serving,
            "{service:?}"
        );
    }
}

on_each_database! {
    every_service_is_serving,
}

/// Starts a server on its own `PostgreSQL` cluster.
async fn on_its_own() -> (PostgresCluster, OwnServer) {
    let cluster = PostgresCluster::start().unwrap();
    let own = OwnServer::start(Storage::create_on(&cluster)).await;
    (cluster, own)
}

#[tokio::test]
async fn without_its_database_no_service_is_serving() {
    let (cluster, own) = on_its_own().await;
    cluster.stop().unwrap();
    for service in SERVICES {
        becomes(&own.fixture, service, ServingStatus::NotServing).await;
    }
    cluster.resume().unwrap();
}

#[tokio::test]
async fn with_its_database_back_every_service_is_serving_again() {
    let (cluster, own) = on_its_own().await;
    cluster.stop().unwrap();
    becomes(&own.fixture, "", ServingStatus::NotServing).await;
    cluster.resume().unwrap();
    for service in SERVICES {
        becomes(&own.fixture, service, ServingStatus::Serving).await;
    }
}

#[tokio::test]
async fn calls_without_a_database_get_retry_info() {
    let (cluster, own) = on_its_own().await;
    cluster.stop().unwrap();
    let request = GetCustomerRequest {
        name: own.fixture.customer.clone(),
    };
    let answer = own
        .fixture
        .connection
        .customers()
        .get_customer(request)
        .await;
    let refusal = refused(answer);
    refusal.is(Code::Unavailable, ErrorReason::StoreUnavailable);
    assert!(refusal.details.retry_info().unwrap().retry_delay.is_some());
    cluster.resume().unwrap();
}

#[tokio::test]
async fn with_its_database_back_calls_are_answered_again() {
    let (cluster, own) = on_its_own().await;
    own.fixture.add_users(1).await;
    own.fixture.buy("suite", 1).await;
    cluster.restart().unwrap();
    becomes(&own.fixture, "", ServingStatus::Serving).await;
    let transcript = own.fixture.change(assign(&["suite"]), everyone()).await;
    assert_eq!(transcript.summary().succeeded_user_count, 1);
}
