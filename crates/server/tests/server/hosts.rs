//! Browsers can call only under names of the server, and requests that are not gRPC reach no
//! service.

use seatkeeper_server::ServerConfig;

use crate::test_server::TestServer;
use crate::wire::{LIST_CUSTOMERS, Wire, http1};

const WEB: &str = "application/grpc-web+proto";

async fn over_http1(server: &TestServer, method: &str, host: &str, content: &str) -> String {
    let head = format!(
        "{method} {LIST_CUSTOMERS} HTTP/1.1\nhost: {host}\ncontent-type: {content}\n\
         content-length: 5\nconnection: close\n\n"
    );
    http1(server, &head).await
}

async fn over_http2(server: &TestServer, host: &str, content: &str) -> u16 {
    let mut wire = Wire::open(server, "127.0.0.1").await.authority(host);
    let answer = wire
        .call(LIST_CUSTOMERS, &[("content-type", content)])
        .await;
    answer.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_page_under_another_name_is_refused() {
    let server = TestServer::empty().await;
    let answer = over_http1(&server, "POST", "evil.example", WEB).await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert_eq!(over_http2(&server, "evil.example", WEB).await, 403);
    assert_eq!(over_http2(&server, "localhost:50051", WEB).await, 200);
}

#[tokio::test]
async fn a_name_that_is_allowed_is_answered() {
    let config = ServerConfig {
        allowed_hosts: vec!["seats.example".parse().unwrap()],
        ..ServerConfig::default()
    };
    let server = TestServer::with(config).await;
    let answer = over_http1(&server, "POST", "seats.example:8443", WEB).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn native_calls_have_any_name() {
    let server = TestServer::empty().await;
    assert_eq!(
        over_http2(&server, "any.example", "application/grpc").await,
        200
    );
}

#[tokio::test]
async fn requests_that_are_not_grpc_are_refused_over_both_http_versions() {
    let server = TestServer::empty().await;
    for content in ["text/plain", "application/json"] {
        assert_eq!(over_http2(&server, "localhost", content).await, 415);
        let answer = over_http1(&server, "POST", "localhost", content).await;
        assert!(answer.starts_with("HTTP/1.1 415"), "{answer}");
    }
}

#[tokio::test]
async fn a_browser_that_asks_before_it_calls_is_not_allowed_to() {
    let server = TestServer::empty().await;
    let answer = over_http1(&server, "OPTIONS", "localhost", "").await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert!(
        !answer.to_lowercase().contains("access-control"),
        "{answer}"
    );
}
