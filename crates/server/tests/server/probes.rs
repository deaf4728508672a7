//! Health and reflection have limits of their own, apart from all other calls.

use std::time::Duration;

use seatkeeper_server::ServerConfig;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;

use crate::raw::Caller;
use crate::test_server::TestServer;
use crate::wire::{CHECK, LIST_CUSTOMERS, WATCH, Wire};

async fn server(concurrent_probes_max: usize, probes_per_caller_max: usize) -> TestServer {
    TestServer::with(ServerConfig {
        concurrent_probes_max,
        probes_per_caller_max: Some(probes_per_caller_max),
        ..ServerConfig::default()
    })
    .await
}

#[tokio::test]
async fn one_callers_probes_refuse_neither_another_callers_nor_other_calls() {
    let server = server(3, 2).await;
    let mut attacker = Wire::open(&server, "127.0.0.1").await;
    let _first = attacker.call(WATCH, &[]).await.unwrap();
    let _second = attacker.call(WATCH, &[]).await.unwrap();
    assert_eq!(
        attacker.refused(WATCH, &[]).await,
        Some(Code::ResourceExhausted)
    );
    let mut other = Wire::open(&server, "127.0.0.2").await;
    assert_eq!(other.code(CHECK).await, Code::Ok);
    assert_eq!(attacker.code(LIST_CUSTOMERS).await, Code::Ok);
}

#[tokio::test]
async fn a_watch_that_is_dropped_releases_its_permit() {
    let server = server(1, 1).await;
    let mut first = Wire::open(&server, "127.0.0.1").await;
    let watch = first.call(WATCH, &[]).await.unwrap();
    let mut second = Wire::open(&server, "127.0.0.2").await;
    assert_eq!(second.code(CHECK).await, Code::ResourceExhausted);
    drop((watch, first));
    while second.code(CHECK).await != Code::Ok {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_watch_that_is_not_read_is_reset_and_releases_its_permit() {
    let config = ServerConfig {
        concurrent_probes_max: 1,
        unread_response_max: Duration::from_millis(100),
        ..ServerConfig::default()
    };
    let server = TestServer::with(config).await;
    let paused = Caller::connect(&server, 0).await;
    let _watch = paused.call(WATCH, &HealthCheckRequest::default()).await;
    let mut other = Wire::open(&server, "127.0.0.2").await;
    while other.code(CHECK).await != Code::Ok {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_server_that_takes_no_call_answers_probes() {
    let config = ServerConfig {
        concurrent_calls_max: 0,
        ..ServerConfig::default()
    };
    let server = TestServer::with(config).await;
    let mut wire = Wire::open(&server, "127.0.0.1").await;
    assert_eq!(wire.code(LIST_CUSTOMERS).await, Code::ResourceExhausted);
    assert_eq!(wire.code(CHECK).await, Code::Ok);
}
