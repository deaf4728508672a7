//! Callers who begin a call and then say nothing.

use std::time::Duration;

use bytes::Bytes;
use seatkeeper_proto::v1::stream_batch_update_licenses_request::{Content, Header};
use seatkeeper_proto::v1::{
    GetUserRequest, ImportUsersRequest, StreamBatchUpdateLicensesRequest, UserList,
    import_users_request,
};
use seatkeeper_tests::{Database, Scene, assign, everyone, on_each_database};

use crate::bystander::Bystander;
use crate::raw::{ATTACKER, CLIENT, Call, Raw};
use crate::stage::Stage;
use crate::wire::framed;

/// As many calls as one connection takes, and as may be under way unless configured otherwise.
const SILENT_CALLS: usize = 1_000;
/// As many unfinished batches as a customer may have here.
const SILENT_BATCHES: usize = 10;
const FEW: [(&str, &str); 1] = [("UNFINISHED_BATCHES_PER_CUSTOMER_MAX", "10")];
/// How long the attacker holds out while the client goes on.
const HELD: Duration = Duration::from_millis(1_500);
/// How long the server may take to end silent calls, where a caller may be silent for a second.
const PATIENCE: Duration = Duration::from_secs(15);
/// How soon one call follows another: a burst would be work, whatever is protected.
const PACE: Duration = Duration::from_millis(2);
const POLL_INTERVAL: Duration = Duration::from_millis(50);
const ONE_SECOND: [(&str, &str); 1] = [("REQUEST_IDLE_SECONDS", "1")];

const IMPORT: &str = "/seatkeeper.v1.DirectoryService/ImportUsers";
const GET: &str = "/seatkeeper.v1.DirectoryService/GetUser";
const BATCH: &str = "/seatkeeper.v1.LicenseService/StreamBatchUpdateLicenses";

/// What a silent caller says before it falls silent.
type Opening<'a> = (&'a str, Bytes);

/// Begins as many calls, each of which says the same and no more.
async fn begin(raw: &mut Raw, count: usize, (path, said): Opening<'_>) -> Vec<Call> {
    let mut calls = Vec::with_capacity(count);
    for _ in 0..count {
        let Ok(mut call) = raw.begin(path, &[]).await else {
            break;
        };
        if !said.is_empty() {
            // What is refused at once is reset.
            let _ = call.send(said.clone(), false);
        }
        calls.push(call);
        tokio::time::sleep(PACE).await;
    }
    calls
}

fn silent_import(scene: &Scene) -> Opening<'static> {
    let header = import_users_request::Header {
        parent: scene.customer.clone(),
        ..import_users_request::Header::default()
    };
    let message = ImportUsersRequest {
        content: Some(import_users_request::Content::Header(header)),
    };
    (IMPORT, framed(&message))
}

/// A batch of one user that waits for more.
fn silent_batch(scene: &Scene) -> Opening<'static> {
    let header = Header {
        parent: scene.customer.clone(),
        change: Some(assign(&["suite"])),
        ..Header::default()
    };
    let users = UserList {
        names: scene.users(&["u1"]),
    };
    let contents = [Content::Header(header), Content::Users(users)];
    let messages = contents.map(|content| {
        framed(&StreamBatchUpdateLicensesRequest {
            content: Some(content),
        })
    });
    (BATCH, messages.concat().into())
}

async fn is_served(scene: &Scene) -> bool {
    let request = GetUserRequest {
        name: scene.user("u1"),
    };
    scene.connection.directory().get_user(request).await.is_ok()
}

async fn accepts_a_batch(scene: &Scene) -> bool {
    let request = scene.request(assign(&["suite"]), everyone());
    match scene.start(request).await {
        Ok(reading) => reading.to_break().await.0.finished.is_some(),
        Err(_) => false,
    }
}

/// Waits until the server has ended each of these calls.
async fn ended(calls: Vec<Call>) {
    let ended = async {
        for call in calls {
            let _status_or_reset = call.answer().await;
        }
    };
    let ended = tokio::time::timeout(PATIENCE, ended).await;
    ended.expect("calls that stay silent are ended");
}

async fn streams_of_requests_that_fall_silent_give_their_slots_back(database: Database) {
    let stage = Stage::start_light(database, &ONE_SECOND).await;
    let mut raw = Raw::open(&stage.scene.url, CLIENT).await;
    ended(begin(&mut raw, SILENT_CALLS, silent_import(&stage.scene)).await).await;
    assert!(is_served(&stage.scene).await);
    stage.finish();
}

async fn calls_without_a_body_give_their_slots_back(database: Database) {
    let stage = Stage::start_light(database, &ONE_SECOND).await;
    let mut raw = Raw::open(&stage.scene.url, CLIENT).await;
    ended(begin(&mut raw, SILENT_CALLS, (GET, Bytes::new())).await).await;
    assert!(is_served(&stage.scene).await);
    stage.finish();
}

async fn batches_whose_caller_falls_silent_give_the_customers_quota_back(database: Database) {
    let settings = [&ONE_SECOND[..], &FEW].concat();
    let stage = Stage::start_light(database, &settings).await;
    let mut raw = Raw::open(&stage.scene.url, CLIENT).await;
    ended(begin(&mut raw, SILENT_BATCHES, silent_batch(&stage.scene)).await).await;
    // The batches themselves end a moment after their streams.
    let accepted = async {
        while !accepts_a_batch(&stage.scene).await {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    };
    let accepted = tokio::time::timeout(PATIENCE, accepted).await;
    accepted.expect("the customer may have batches again");
    stage.finish();
}

/// Callers who may be silent for long take their own share alone.
async fn silent_callers_leave_others_their_share(database: Database) {
    let settings = [&[("CALLS_AT_ONCE_MAX", "200")], &FEW[..]].concat();
    let stage = Stage::start(database, &settings).await;
    let bystander = Bystander::beside(&stage).await;
    let mut raw = Raw::open(&stage.scene.url, ATTACKER).await;
    let scene = &stage.scene;
    let silent = [
        begin(&mut raw, SILENT_BATCHES, silent_batch(scene)).await,
        begin(&mut raw, SILENT_CALLS / 10, silent_import(scene)).await,
        begin(&mut raw, SILENT_CALLS / 10, (GET, Bytes::new())).await,
    ];
    tokio::time::sleep(HELD).await;
    bystander.assert_unharmed_on(&stage).await;
    drop(silent);
    stage.finish();
}

on_each_database! {
    streams_of_requests_that_fall_silent_give_their_slots_back,
    calls_without_a_body_give_their_slots_back,
    batches_whose_caller_falls_silent_give_the_customers_quota_back,
    silent_callers_leave_others_their_share,
}
