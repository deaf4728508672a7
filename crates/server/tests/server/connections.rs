//! Connections end when they are idle or old, and each caller has a share of them.

use std::time::Duration;

use seatkeeper_server::ServerConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tonic::Code;

use crate::test_server::TestServer;
use crate::wire::{CHECK, WATCH, Wire, connect};

const SHORT: Duration = Duration::from_millis(100);

fn idle() -> ServerConfig {
    ServerConfig {
        connection_idle: SHORT,
        ..ServerConfig::default()
    }
}

#[tokio::test]
async fn a_connection_without_calls_is_closed() {
    let server = TestServer::with(idle()).await;
    let mut wire = Wire::open(&server, "127.0.0.1").await;
    assert_eq!(wire.code(CHECK).await, Code::Ok);
    wire.closed.await.unwrap();
}

#[tokio::test]
async fn pings_are_no_use_of_a_connection() {
    let server = TestServer::with(idle()).await;
    let stream = connect(&server, "127.0.0.1").await;
    let (_client, mut connection) = h2::client::handshake(stream).await.unwrap();
    let mut pings = connection.ping_pong().unwrap();
    let closed = tokio::spawn(async move { drop(connection.await) });
    while pings.ping(h2::Ping::opaque()).await.is_ok() {
        tokio::time::sleep(SHORT / 20).await;
    }
    closed.await.unwrap();
}

#[tokio::test]
async fn a_connection_with_an_open_stream_is_never_idle() {
    let server = TestServer::with(idle()).await;
    let mut wire = Wire::open(&server, "127.0.0.1").await;
    let _watch = wire.call(WATCH, &[]).await.unwrap();
    tokio::time::sleep(SHORT * 5).await;
    assert_eq!(wire.code(CHECK).await, Code::Ok);
}

#[tokio::test]
async fn a_kept_alive_connection_of_a_browser_is_closed_when_it_is_idle() {
    let server = TestServer::with(idle()).await;
    let mut stream = connect(&server, "127.0.0.1").await;
    let head = "POST /grpc.health.v1.Health/Check HTTP/1.1\r\nhost: localhost\r\n\
                content-type: application/grpc-web+proto\r\ncontent-length: 5\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&[0; 5]).await.unwrap();
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    // Without the timeout of idle connections, the browser's connection would stay open for 30
    // seconds.
    let read = tokio::time::timeout(Duration::from_secs(20), read).await;
    read.unwrap().unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{answer:?}");
}

#[tokio::test]
async fn an_old_connection_takes_no_new_call_and_its_streams_go_on() {
    let config = ServerConfig {
        connection_age: SHORT,
        ..ServerConfig::default()
    };
    let server = TestServer::with(config).await;
    let mut wire = Wire::open(&server, "127.0.0.1").await;
    let mut watch = wire.call(WATCH, &[]).await.unwrap();
    assert!(watch.body_mut().data().await.unwrap().is_ok());
    let error = loop {
        match wire.call(CHECK, &[]).await {
            Ok(_) => tokio::time::sleep(SHORT / 10).await,
            Err(error) => break error,
        }
    };
    assert!(error.is_go_away() || error.is_library(), "{error:?}");
    // The watch receives the change to not serving.
    server.shut_down();
    assert!(watch.body_mut().data().await.unwrap().is_ok());
}

#[tokio::test]
async fn a_caller_beyond_its_connections_is_refused_and_another_is_not() {
    let config = ServerConfig {
        connections_max: Some(4),
        connections_per_caller_max: Some(1),
        ..ServerConfig::default()
    };
    // The test server itself has one connection.
    let server = TestServer::with(config).await;
    let mut second = connect(&server, "127.0.0.1").await;
    assert_eq!(second.read(&mut [0]).await.unwrap_or(0), 0);
    let mut other = Wire::open(&server, "127.0.0.2").await;
    assert_eq!(other.code(CHECK).await, Code::Ok);
}
