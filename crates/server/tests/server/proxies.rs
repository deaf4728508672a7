//! The server distinguishes callers behind a trusted proxy; other peers can't change their address.

use seatkeeper_server::ServerConfig;
use tonic::Code;

use crate::test_server::TestServer;
use crate::wire::{WATCH, Wire};

/// A server that trusts the proxy at this address, with one health watch per caller.
async fn server(proxy: &str) -> TestServer {
    TestServer::with(ServerConfig {
        trusted_proxies: vec![proxy.parse().unwrap()],
        probes_per_caller_max: Some(1),
        ..ServerConfig::default()
    })
    .await
}

const REFUSED: Option<Code> = Some(Code::ResourceExhausted);

/// A caller's address in the header of a proxy.
fn forwarded_for(address: &str) -> [(&'static str, &str); 1] {
    [("x-forwarded-for", address)]
}

#[tokio::test]
async fn callers_behind_a_listed_forwarding_proxy_are_distinguished() {
    let server = server("127.0.0.2").await;
    let mut proxy = Wire::open(&server, "127.0.0.2").await;
    let first = forwarded_for("192.0.2.1");
    let _watch = proxy.call(WATCH, &first).await.unwrap();
    assert_eq!(proxy.refused(WATCH, &first).await, REFUSED);
    let forged = forwarded_for("192.0.2.7, 192.0.2.1");
    assert_eq!(proxy.refused(WATCH, &forged).await, REFUSED);
    let other = forwarded_for("192.0.2.1, 192.0.2.2");
    assert_eq!(proxy.refused(WATCH, &other).await, None);
}

#[tokio::test]
async fn a_peer_that_is_not_listed_forwards_for_none() {
    let server = server("127.0.0.2").await;
    let mut peer = Wire::open(&server, "127.0.0.3").await;
    let _watch = peer.call(WATCH, &[]).await.unwrap();
    let forged = forwarded_for("192.0.2.1");
    assert_eq!(peer.refused(WATCH, &forged).await, REFUSED);
}

/// The PROXY protocol header at the start of a caller's connection.
fn header(caller: &str) -> String {
    format!("PROXY TCP4 {caller} 127.0.0.1 4711 80\r\n")
}

#[tokio::test]
async fn callers_behind_a_listed_connection_proxy_are_distinguished() {
    let server = server("127.0.0.2").await;
    let connect = |caller: &str| {
        let header = header(caller);
        let server = &server;
        async move { Wire::open_after(server, "127.0.0.2", &header).await }
    };
    let mut first = connect("192.0.2.1").await;
    let _watch = first.call(WATCH, &[]).await.unwrap();
    let mut again = connect("192.0.2.1").await;
    assert_eq!(again.refused(WATCH, &[]).await, REFUSED);
    // The caller's own header does not count, because only the proxy is trusted.
    let forged = forwarded_for("192.0.2.2");
    assert_eq!(again.refused(WATCH, &forged).await, REFUSED);
    let mut other = connect("192.0.2.2").await;
    assert_eq!(other.refused(WATCH, &[]).await, None);
}

#[tokio::test]
async fn a_peer_that_is_not_listed_has_no_header_of_a_proxy() {
    let server = server("127.0.0.2").await;
    let mut peer = Wire::open_after(&server, "127.0.0.3", &header("192.0.2.1")).await;
    assert!(peer.call(WATCH, &[]).await.is_err());
}

#[tokio::test]
async fn a_listed_proxy_may_connect_without_a_header() {
    let server = server("127.0.0.2").await;
    let mut proxy = Wire::open(&server, "127.0.0.2").await;
    assert_eq!(proxy.refused(WATCH, &[]).await, None);
}
