//! Streams of health and reflection, and connections that do nothing.

use std::time::Duration;

use seatkeeper_tests::{Connection, Database, on_each_database};

use tonic::Code;

use crate::bystander::Bystander;
use crate::raw::{ATTACKER, CLIENT, Raw};
use crate::stage::Stage;
use crate::wire::prefixed;

/// Streams of each kind: together more than a server has room for.
const STREAMS: usize = 300;
/// What one caller may hold of a hundred.
const SHARE: usize = 50;
const PATIENCE: Duration = Duration::from_secs(15);

const WATCH: &str = "/grpc.health.v1.Health/Watch";
const REFLECTION: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

async fn probes_without_end_take_their_share_alone(database: Database) {
    let settings = [("PROBES_AT_ONCE_MAX", "100")];
    let stage = Stage::start(database, &settings).await;
    let bystander = Bystander::beside(&stage).await;
    let mut raw = Raw::open(&stage.scene.url, ATTACKER).await;
    let mut calls = Vec::new();
    for _ in 0..STREAMS {
        calls.push(raw.call(WATCH, &[], prefixed(false, &[])).await.unwrap());
        calls.push(raw.begin(REFLECTION, &[]).await.unwrap());
    }
    let mut held = Vec::new();
    for call in calls {
        let answer = call.unread().await.unwrap();
        match answer.refused() {
            Some(status) => assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}"),
            None => held.push(answer),
        }
    }
    bystander.is_unharmed_on(&stage).await;
    assert!(held.len() <= SHARE, "{} streams are held", held.len());
    stage.finish().await;
}

/// A probe that is over, or silent, makes room.
async fn silent_reflection_gives_its_room_back(database: Database) {
    let settings = [("PROBES_AT_ONCE_MAX", "20"), ("REQUEST_IDLE_SECONDS", "1")];
    let stage = Stage::start_light(database, &settings).await;
    let mut raw = Raw::open(&stage.scene.url, CLIENT).await;
    let mut silent = Vec::new();
    for _ in 0..40 {
        silent.push(raw.begin(REFLECTION, &[]).await.unwrap());
    }
    for call in silent {
        let ended = tokio::time::timeout(PATIENCE, call.answer()).await;
        let _status_or_reset = ended.expect("a silent stream is ended");
    }
    stage.finish().await;
}

async fn connections_beyond_a_share_are_closed_and_others_are_let_in(database: Database) {
    let stage = Stage::start_light(database, &[("CONNECTIONS_MAX", "60")]).await;
    let bystander = Bystander::beside(&stage).await;
    let mut idle = Vec::new();
    for _ in 0..200 {
        idle.extend(Raw::try_open_with_window(&stage.scene.url, ATTACKER, 1).await);
    }
    for _ in 0..10 {
        let newcomer = Connection::open(&stage.scene.url).await;
        let request = tonic_health::pb::HealthCheckRequest::default();
        let mut health = tonic_health::pb::health_client::HealthClient::new(newcomer.channel());
        health.check(request).await.expect("a newcomer is served");
    }
    bystander.is_unharmed_on(&stage).await;
    drop(idle);
    stage.finish().await;
}

/// Waits until the server has closed each of these connections.
async fn closed_by_the_server(connections: Vec<Raw>) {
    let closed = async {
        while !connections.iter().all(Raw::is_closed) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let closed = tokio::time::timeout(PATIENCE, closed).await;
    closed.expect("the server closes the connections");
}

async fn idle_connections_are_closed(database: Database) {
    let stage = Stage::start_light(database, &[("CONNECTION_IDLE_SECONDS", "1")]).await;
    let bystander = Bystander::beside(&stage).await;
    let mut idle = Vec::new();
    for _ in 0..50 {
        idle.push(Raw::open(&stage.scene.url, CLIENT).await);
    }
    closed_by_the_server(idle).await;
    bystander.is_unharmed_on(&stage).await;
    stage.finish().await;
}

async fn connections_have_an_age_that_their_clients_do_not_notice(database: Database) {
    let stage = Stage::start_light(database, &[("CONNECTION_AGE_SECONDS", "1")]).await;
    let bystander = Bystander::beside(&stage).await;
    let mut raw = Raw::open(&stage.scene.url, CLIENT).await;
    let watching = raw.call(WATCH, &[], prefixed(false, &[])).await.unwrap();
    closed_by_the_server(vec![raw]).await;
    drop(watching);
    bystander.is_unharmed_on(&stage).await;
    stage.finish().await;
}

on_each_database! {
    probes_without_end_take_their_share_alone,
    silent_reflection_gives_its_room_back,
    connections_beyond_a_share_are_closed_and_others_are_let_in,
    idle_connections_are_closed,
    connections_have_an_age_that_their_clients_do_not_notice,
}
