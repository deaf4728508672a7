//! Streams of health and reflection calls, and idle connections.

use std::time::Duration;

use seatkeeper_tests::{Connection, Database, on_each_database};

use tonic::Code;

use crate::bystander::Bystander;
use crate::raw::{ATTACKER, CLIENT, Raw};
use crate::test_server::TestServer;
use crate::wire::prefixed;

/// Streams of each kind. Together they exceed the server's limit.
const STREAMS: usize = 100;
/// The share of one caller: half of a limit of 40.
const SHARE: usize = 20;
/// Interval between two calls of the attack. A burst would load the server even if it is protected.
const PACE: Duration = Duration::from_millis(10);
const TIMEOUT: Duration = Duration::from_secs(15);

const CHECK: &str = "/grpc.health.v1.Health/Check";
const WATCH: &str = "/grpc.health.v1.Health/Watch";
const REFLECTION: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

async fn probes_without_end_take_their_share_alone(database: Database) {
    let settings = [("CONCURRENT_PROBES_MAX", "40")];
    let test_server = TestServer::start(database, &settings).await;
    let bystander = Bystander::beside(&test_server).await;
    let mut raw = Raw::open(&test_server.fixture.url, ATTACKER).await;
    let mut calls = Vec::new();
    for _ in 0..STREAMS {
        calls.push(raw.call(WATCH, &[], prefixed(false, &[])).await.unwrap());
        calls.push(raw.begin(REFLECTION, &[]).await.unwrap());
        tokio::time::sleep(PACE).await;
    }
    let mut held = Vec::new();
    for call in calls {
        let answer = call.unread().await.unwrap();
        match answer.refused() {
            Some(status) => assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}"),
            None => held.push(answer),
        }
    }
    bystander.assert_unharmed_on(&test_server).await;
    assert!(held.len() <= SHARE, "{} streams are held", held.len());
    test_server.finish();
}

async fn connections_beyond_a_share_are_closed_and_others_are_let_in(database: Database) {
    let test_server = TestServer::start_light(database, &[("CONNECTIONS_MAX", "30")]).await;
    let bystander = Bystander::beside(&test_server).await;
    let mut idle = Vec::new();
    for _ in 0..60 {
        idle.extend(Raw::try_open_with_window(&test_server.fixture.url, ATTACKER, 1).await);
    }
    for _ in 0..5 {
        let newcomer = Connection::open(&test_server.fixture.url).await;
        let request = tonic_health::pb::HealthCheckRequest::default();
        let mut health = tonic_health::pb::health_client::HealthClient::new(newcomer.channel());
        health.check(request).await.expect("the call is served");
    }
    bystander.assert_unharmed_on(&test_server).await;
    drop(idle);
    test_server.finish();
}

/// Waits until the server has closed all these connections.
async fn closed_by_the_server(connections: Vec<Raw>) {
    let closed = async {
        while !connections.iter().all(Raw::is_closed) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let closed = tokio::time::timeout(TIMEOUT, closed).await;
    closed.expect("the server closes the connections before the timeout");
}

async fn idle_connections_are_closed(database: Database) {
    let test_server = TestServer::start_light(database, &[("CONNECTION_IDLE_SECONDS", "1")]).await;
    let bystander = Bystander::beside(&test_server).await;
    let mut idle = Vec::new();
    for _ in 0..50 {
        idle.push(Raw::open(&test_server.fixture.url, CLIENT).await);
    }
    closed_by_the_server(idle).await;
    bystander.assert_unharmed_on(&test_server).await;
    test_server.finish();
}

/// The connection is never idle; the server closes it for its age.
async fn connections_have_an_age(database: Database) {
    let test_server = TestServer::start_light(database, &[("CONNECTION_AGE_SECONDS", "1")]).await;
    let mut raw = Raw::open(&test_server.fixture.url, CLIENT).await;
    let ended = async {
        while let Ok(call) = raw.call(CHECK, &[], prefixed(false, &[])).await {
            if call.answer().await.is_err() {
                break;
            }
            tokio::time::sleep(PACE).await;
        }
    };
    let ended = tokio::time::timeout(TIMEOUT, ended).await;
    ended.expect("the server rejects calls on an old connection");
    test_server.finish();
}

on_each_database! {
    probes_without_end_take_their_share_alone,
    connections_beyond_a_share_are_closed_and_others_are_let_in,
    idle_connections_are_closed,
    connections_have_an_age,
}
