//! Health and reflection have bounds of their own, outside of all other calls.

use std::time::Duration;

use seatkeeper_server::ServerConfig;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;

use crate::raw::Caller;
use crate::wire::{CHECK, LIST_CUSTOMERS, WATCH, Wire};
use crate::world::World;

async fn world(probes_at_once_max: usize, probes_per_caller_max: usize) -> World {
    World::with(ServerConfig {
        probes_at_once_max,
        probes_per_caller_max: Some(probes_per_caller_max),
        ..ServerConfig::default()
    })
    .await
}

#[tokio::test]
async fn one_callers_probes_refuse_neither_another_callers_nor_other_calls() {
    let world = world(3, 2).await;
    let mut attacker = Wire::open(&world, "127.0.0.1").await;
    let _first = attacker.call(WATCH, &[]).await.unwrap();
    let _second = attacker.call(WATCH, &[]).await.unwrap();
    assert_eq!(
        attacker.refused(WATCH, &[]).await,
        Some(Code::ResourceExhausted)
    );
    let mut other = Wire::open(&world, "127.0.0.2").await;
    assert_eq!(other.code(CHECK).await, Code::Ok);
    assert_eq!(attacker.code(LIST_CUSTOMERS).await, Code::Ok);
}

#[tokio::test]
async fn a_watch_that_is_dropped_gives_its_slot_back() {
    let world = world(1, 1).await;
    let mut first = Wire::open(&world, "127.0.0.1").await;
    let watch = first.call(WATCH, &[]).await.unwrap();
    let mut second = Wire::open(&world, "127.0.0.2").await;
    assert_eq!(second.code(CHECK).await, Code::ResourceExhausted);
    drop((watch, first));
    while second.code(CHECK).await != Code::Ok {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_watch_that_is_not_read_is_reset_and_gives_its_slot_back() {
    let config = ServerConfig {
        probes_at_once_max: 1,
        unread_response_max: Duration::from_millis(100),
        ..ServerConfig::default()
    };
    let world = World::with(config).await;
    let paused = Caller::connect(&world, 0).await;
    let _watch = paused.call(WATCH, &HealthCheckRequest::default()).await;
    let mut other = Wire::open(&world, "127.0.0.2").await;
    while other.code(CHECK).await != Code::Ok {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_server_that_takes_no_call_answers_probes() {
    let config = ServerConfig {
        calls_at_once_max: 0,
        ..ServerConfig::default()
    };
    let world = World::with(config).await;
    let mut wire = Wire::open(&world, "127.0.0.1").await;
    assert_eq!(wire.code(LIST_CUSTOMERS).await, Code::ResourceExhausted);
    assert_eq!(wire.code(CHECK).await, Code::Ok);
}
