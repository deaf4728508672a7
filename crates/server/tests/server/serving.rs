use std::time::{Duration, Instant};

use seatkeeper_proto::v1::{self, batch_event::Event};
use seatkeeper_server::ServerConfig;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt as _;

use crate::test_server::{CUSTOMER, TestServer, info, reason};

async fn health(server: &TestServer, service: &str) -> Result<ServingStatus, tonic::Status> {
    let mut client = HealthClient::new(server.channel.clone());
    let request = HealthCheckRequest {
        service: service.to_owned(),
    };
    Ok(client.check(request).await?.into_inner().status())
}

#[tokio::test]
async fn every_service_and_the_whole_say_that_they_serve() {
    let server = TestServer::empty().await;
    for service in [
        "",
        "seatkeeper.v1.LicenseService",
        "seatkeeper.v1.BatchService",
    ] {
        assert_eq!(
            health(&server, service).await.unwrap(),
            ServingStatus::Serving,
            "{service}"
        );
    }
    let unknown = health(&server, "seatkeeper.v1.Nothing").await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
}

#[test]
fn an_address_that_others_reach_is_refused() {
    let config = ServerConfig::default();
    let error = config
        .check_listen("0.0.0.0:0".parse().unwrap())
        .unwrap_err();
    assert!(error.to_string().contains("not authenticated"), "{error}");
}

#[tokio::test]
async fn a_server_without_calls_stops_at_once() {
    let server = TestServer::empty().await;
    let start = Instant::now();
    server.stopped().await;
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_stream_that_is_open_ends_with_where_to_resume() {
    let server = TestServer::with_users(2, 100).await;
    // The open user stream keeps the batch from ending.
    let (send, messages) = tokio::sync::mpsc::channel(4);
    for message in stream_requests() {
        send.send(message).await.unwrap();
    }
    let request = tokio_stream::wrappers::ReceiverStream::new(messages);
    let response = server
        .licenses()
        .stream_batch_update_licenses(request)
        .await
        .unwrap();
    let mut stream = response.into_inner();
    let status = loop {
        match stream.message().await {
            Ok(Some(message)) => {
                let event = message.event.unwrap();
                if matches!(event.event, Some(Event::Results(_))) {
                    server.shut_down();
                }
            }
            Ok(None) => panic!("the stream ended without a status"),
            Err(status) => break status,
        }
    };
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(reason(&status), "SERVER_DRAINING");
    assert_eq!(info(&status).metadata["resume_sequence_number"], "2");
    assert!(status.get_error_details().retry_info().is_some());
    server.stopped().await;
}

fn stream_requests() -> [v1::StreamBatchUpdateLicensesRequest; 2] {
    use v1::stream_batch_update_licenses_request::{Content, Header};
    let header = Header {
        parent: CUSTOMER.to_owned(),
        change: Some(crate::test_server::assign(&[crate::test_server::SUITE])),
        ..Header::default()
    };
    let names = ["u1", "u2"].map(crate::test_server::user_name).into();
    [
        Content::Header(header),
        Content::Users(v1::UserList { names }),
    ]
    .map(|content| v1::StreamBatchUpdateLicensesRequest {
        content: Some(content),
    })
}

#[tokio::test]
async fn a_silent_connection_does_not_hold_the_server_up() {
    let config = ServerConfig {
        drain: Duration::from_millis(500),
        ..ServerConfig::default()
    };
    let server = TestServer::with(config).await;
    let silent = tokio::net::TcpStream::connect(server.address)
        .await
        .unwrap();
    let start = Instant::now();
    server.stopped().await;
    assert!(start.elapsed() < Duration::from_secs(5));
    drop(silent);
}
