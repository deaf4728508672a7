//! Clients that read nothing: their HTTP/2 window stays closed.

use std::time::Duration;

use bytes::Bytes;
use seatkeeper_proto::v1::{
    BatchUpdateLicensesRequest, StreamBatchResultsRequest, WatchJournalEntriesRequest,
};
use seatkeeper_tests::{Database, assign, everyone, on_each_database, revoke};

use crate::bystander::Bystander;
use crate::raw::{CLIENT, Raw};
use crate::test_server::TestServer;
use crate::wire::framed;

/// Number of clients. One client in every `DRY_RUNS` starts a dry run, which is work even if the
/// client reads no response.
const READERS: usize = 200;
const DRY_RUNS: usize = 20;
/// Duration of the attack, during which the client makes calls.
const HELD: Duration = Duration::from_secs(1);
/// Interval between two calls of the attack. A burst would load the server even if it is protected.
const PACE: Duration = Duration::from_millis(15);
/// Windows that never open, and a window that closes in the middle of a response.
const WINDOWS: [u32; 3] = [0, 1, 100];

/// Streams that read the database: method and request.
async fn streams(test_server: &TestServer) -> [(&'static str, Bytes); 3] {
    let fixture = &test_server.fixture;
    let batch = fixture.change(assign(&["suite"]), everyone()).await.batch();
    let watch = WatchJournalEntriesRequest {
        parent: fixture.customer.clone(),
        ..WatchJournalEntriesRequest::default()
    };
    let results = StreamBatchResultsRequest {
        name: batch,
        max_results_per_message: 10,
        ..StreamBatchResultsRequest::default()
    };
    let dry_run = BatchUpdateLicensesRequest {
        validate_only: true,
        ..fixture.request(revoke(&["suite"]), everyone())
    };
    [
        (
            "/seatkeeper.v1.JournalService/WatchJournalEntries",
            framed(&watch),
        ),
        (
            "/seatkeeper.v1.BatchService/StreamBatchResults",
            framed(&results),
        ),
        (
            "/seatkeeper.v1.LicenseService/BatchUpdateLicenses",
            framed(&dry_run),
        ),
    ]
}

async fn readers_that_pause_hold_no_call_up(database: Database) {
    let test_server = TestServer::start(database, &[]).await;
    let streams = streams(&test_server).await;
    let bystander = Bystander::beside(&test_server).await;
    let mut connections = Vec::new();
    for window in WINDOWS {
        connections.push(Raw::open_with_window(&test_server.fixture.url, CLIENT, window).await);
    }
    let mut paused = Vec::new();
    for number in 0..READERS {
        let connection = &mut connections[number % WINDOWS.len()];
        let (path, request) = match number % DRY_RUNS {
            0 => &streams[2],
            other => &streams[other % 2],
        };
        paused.push(connection.call(path, &[], request.clone()).await.unwrap());
        tokio::time::sleep(PACE).await;
    }
    tokio::time::sleep(HELD).await;
    bystander.assert_unharmed_on(&test_server).await;
    drop(paused);
    test_server.finish();
}

on_each_database! {
    readers_that_pause_hold_no_call_up,
}
