//! Callers who begin a call and then say nothing.

use std::time::Duration;

use bytes::Bytes;
use seatkeeper_proto::v1::stream_batch_update_licenses_request::{Content, Header};
use seatkeeper_proto::v1::{
    GetUserRequest, ImportUsersRequest, StreamBatchUpdateLicensesRequest, UserList,
    import_users_request,
};
use seatkeeper_tests::{Database, Fixture, assign, everyone, on_each_database};

use crate::bystander::Bystander;
use crate::raw::{ATTACKER, CLIENT, Call, Raw};
use crate::test_server::TestServer;
use crate::wire::framed;

/// As many calls as one connection takes, and as may be under way unless configured otherwise.
const SILENT_CALLS: usize = 1_000;
/// As many unfinished batches as a customer may have here.
const SILENT_BATCHES: usize = 10;
const FEW: [(&str, &str); 1] = [("UNFINISHED_BATCHES_PER_CUSTOMER_MAX", "10")];
/// How long the attacker holds out while the client goes on.
const HELD: Duration = Duration::from_millis(1_500);
/// How long the server may take to end silent calls, where a caller may be silent for a second.
const TIMEOUT: Duration = Duration::from_secs(15);
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

fn silent_import(fixture: &Fixture) -> Opening<'static> {
    let header = import_users_request::Header {
        parent: fixture.customer.clone(),
        ..import_users_request::Header::default()
    };
    let message = ImportUsersRequest {
        content: Some(import_users_request::Content::Header(header)),
    };
    (IMPORT, framed(&message))
}

/// A batch of one user that waits for more.
fn silent_batch(fixture: &Fixture) -> Opening<'static> {
    let header = Header {
        parent: fixture.customer.clone(),
        change: Some(assign(&["suite"])),
        ..Header::default()
    };
    let users = UserList {
        names: fixture.users(&["u1"]),
    };
    let contents = [Content::Header(header), Content::Users(users)];
    let messages = contents.map(|content| {
        framed(&StreamBatchUpdateLicensesRequest {
            content: Some(content),
        })
    });
    (BATCH, messages.concat().into())
}

async fn is_served(fixture: &Fixture) -> bool {
    let request = GetUserRequest {
        name: fixture.user("u1"),
    };
    fixture
        .connection
        .directory()
        .get_user(request)
        .await
        .is_ok()
}

async fn accepts_a_batch(fixture: &Fixture) -> bool {
    let request = fixture.request(assign(&["suite"]), everyone());
    match fixture.start(request).await {
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
    let ended = tokio::time::timeout(TIMEOUT, ended).await;
    ended.expect("calls that stay silent are ended");
}

async fn streams_of_requests_that_fall_silent_give_their_slots_back(database: Database) {
    let test_server = TestServer::start_light(database, &ONE_SECOND).await;
    let mut raw = Raw::open(&test_server.fixture.url, CLIENT).await;
    ended(begin(&mut raw, SILENT_CALLS, silent_import(&test_server.fixture)).await).await;
    assert!(is_served(&test_server.fixture).await);
    test_server.finish();
}

async fn calls_without_a_body_give_their_slots_back(database: Database) {
    let test_server = TestServer::start_light(database, &ONE_SECOND).await;
    let mut raw = Raw::open(&test_server.fixture.url, CLIENT).await;
    ended(begin(&mut raw, SILENT_CALLS, (GET, Bytes::new())).await).await;
    assert!(is_served(&test_server.fixture).await);
    test_server.finish();
}

async fn batches_whose_caller_falls_silent_give_the_customers_quota_back(database: Database) {
    let settings = [&ONE_SECOND[..], &FEW].concat();
    let test_server = TestServer::start_light(database, &settings).await;
    let mut raw = Raw::open(&test_server.fixture.url, CLIENT).await;
    ended(begin(&mut raw, SILENT_BATCHES, silent_batch(&test_server.fixture)).await).await;
    // The batches themselves end a moment after their streams.
    let accepted = async {
        while !accepts_a_batch(&test_server.fixture).await {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    };
    let accepted = tokio::time::timeout(TIMEOUT, accepted).await;
    accepted.expect("the customer may have batches again");
    test_server.finish();
}

/// Callers who may be silent for long take their own share alone.
async fn silent_callers_leave_others_their_share(database: Database) {
    let settings = [&[("CONCURRENT_CALLS_MAX", "200")], &FEW[..]].concat();
    let test_server = TestServer::start(database, &settings).await;
    let bystander = Bystander::beside(&test_server).await;
    let mut raw = Raw::open(&test_server.fixture.url, ATTACKER).await;
    let fixture = &test_server.fixture;
    let silent = [
        begin(&mut raw, SILENT_BATCHES, silent_batch(fixture)).await,
        begin(&mut raw, SILENT_CALLS / 10, silent_import(fixture)).await,
        begin(&mut raw, SILENT_CALLS / 10, (GET, Bytes::new())).await,
    ];
    tokio::time::sleep(HELD).await;
    bystander.assert_unharmed_on(&test_server).await;
    drop(silent);
    test_server.finish();
}

on_each_database! {
    streams_of_requests_that_fall_silent_give_their_slots_back,
    calls_without_a_body_give_their_slots_back,
    batches_whose_caller_falls_silent_give_the_customers_quota_back,
    silent_callers_leave_others_their_share,
}
