//! Messages whose second half never arrives.

use std::time::Duration;

use bytes::Bytes;
use seatkeeper_tests::{Database, on_each_database};
use tonic::Code;

use crate::bystander::Bystander;
use crate::raw::{ATTACKER, CLIENT, Raw};
use crate::test_server::TestServer;
use crate::wire::prefix;

/// Number of unfinished messages, each over its own connection with its own window.
const MESSAGES: usize = 24;
/// The length that each message announces; `SENT_BYTES` is what the attacker sends.
const MESSAGE_BYTES: usize = 16 * 1024 * 1024 - 1024;
const SENT_BYTES: usize = MESSAGE_BYTES / 2;
/// Duration of the attack, during which the client makes calls.
const HELD: Duration = Duration::from_millis(1_500);
const TIMEOUT: Duration = Duration::from_secs(15);
const BATCH: &str = "/seatkeeper.v1.LicenseService/BatchUpdateLicenses";

async fn half_messages_take_no_more_than_their_budget(database: Database) {
    let test_server = TestServer::start(database, &[]).await;
    let bystander = Bystander::beside(&test_server).await;
    let half = Bytes::from([&prefix(false, MESSAGE_BYTES)[..], &vec![0; SENT_BYTES]].concat());
    let mut held = Vec::new();
    for _ in 0..MESSAGES {
        let mut raw = Raw::open(&test_server.fixture.url, ATTACKER).await;
        let mut call = raw.begin(BATCH, &[]).await.unwrap();
        // The server resets a call that it rejects at once.
        let _ = call.send(half.clone(), false);
        held.push((raw, call));
    }
    tokio::time::sleep(HELD).await;
    bystander.assert_unharmed_on(&test_server).await;
    drop(held);
    test_server.finish();
}

/// The first unfinished messages fit the memory budget. They free it at the idle timeout.
async fn half_messages_are_given_up(database: Database) {
    let test_server = TestServer::start_light(database, &[("REQUEST_IDLE_SECONDS", "1")]).await;
    let mut raw = Raw::open(&test_server.fixture.url, CLIENT).await;
    let mut call = raw.begin(BATCH, &[]).await.unwrap();
    call.send(Bytes::from_static(&[0, 0, 1, 0, 0, 0]), false)
        .unwrap();
    let answer = tokio::time::timeout(TIMEOUT, call.answer()).await;
    let answer = answer.expect("the server ends the call").unwrap();
    let ended = [Code::DeadlineExceeded, Code::ResourceExhausted];
    assert!(ended.contains(&answer.code()), "{:?}", answer.status());
    test_server.finish();
}

on_each_database! {
    half_messages_take_no_more_than_their_budget,
    half_messages_are_given_up,
}
