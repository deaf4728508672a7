//! Readers whose HTTP/2 window stays closed.

use std::time::Duration;

use bytes::Bytes;
use seatkeeper_proto::v1::{
    BatchUpdateLicensesRequest, StreamBatchResultsRequest, WatchJournalEntriesRequest,
};
use seatkeeper_tests::{Database, assign, everyone, on_each_database, revoke};

use crate::bystander::Bystander;
use crate::raw::{CLIENT, Raw};
use crate::stage::Stage;
use crate::wire::framed;

/// Readers, of whom one in so many has a dry run: those are work, even if no answer is read.
const READERS: usize = 200;
const DRY_RUNS: usize = 20;
/// How long they hold out while the client goes on.
const HELD: Duration = Duration::from_secs(1);
/// How soon one reader follows another: a burst would be work, whatever is protected.
const PACE: Duration = Duration::from_millis(15);
/// Windows that never open, and some that close in the middle of an answer.
const WINDOWS: [u32; 3] = [0, 1, 100];

/// Streams that read the database, with what asks for them.
async fn streams(stage: &Stage) -> [(&'static str, Bytes); 3] {
    let scene = &stage.scene;
    let batch = scene.change(assign(&["suite"]), everyone()).await.batch();
    let watch = WatchJournalEntriesRequest {
        parent: scene.customer.clone(),
        ..WatchJournalEntriesRequest::default()
    };
    let results = StreamBatchResultsRequest {
        name: batch,
        max_results_per_message: 10,
        ..StreamBatchResultsRequest::default()
    };
    let dry_run = BatchUpdateLicensesRequest {
        validate_only: true,
        ..scene.request(revoke(&["suite"]), everyone())
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
    let stage = Stage::start(database, &[]).await;
    let streams = streams(&stage).await;
    let bystander = Bystander::beside(&stage).await;
    let mut connections = Vec::new();
    for window in WINDOWS {
        connections.push(Raw::open_with_window(&stage.scene.url, CLIENT, window).await);
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
    bystander.assert_unharmed_on(&stage).await;
    drop(paused);
    stage.finish();
}

on_each_database! {
    readers_that_pause_hold_no_call_up,
}
