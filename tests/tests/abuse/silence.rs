//! Callers that start a call and then send nothing more.

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

/// The maximum number of calls on one connection. It is also the default limit of calls under way.
const SILENT_CALLS: usize = 1_000;
/// The limit of a customer's unfinished batches in these tests.
const SILENT_BATCHES: usize = 10;
const FEW: [(&str, &str); 1] = [("UNFINISHED_BATCHES_PER_CUSTOMER_MAX", "10")];
/// Duration of the attack, during which the client makes calls.
const HELD: Duration = Duration::from_millis(1_500);
/// Timeout for the server to end silent calls. The configured idle timeout is one second.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Interval between two calls of the attack. A burst would load the server even if it is protected.
const PACE: Duration = Duration::from_millis(2);
const POLL_INTERVAL: Duration = Duration::from_millis(50);
const ONE_SECOND: [(&str, &str); 1] = [("REQUEST_IDLE_SECONDS", "1")];

const IMPORT: &str = "/seatkeeper.v1.DirectoryService/ImportUsers";
const GET: &str = "/seatkeeper.v1.DirectoryService/GetUser";
const BATCH: &str = "/seatkeeper.v1.LicenseService/StreamBatchUpdateLicenses";

/// The method and the messages that a caller sends before it stops sending.
type Opening<'a> = (&'a str, Bytes);

/// Starts `count` calls that all send the same bytes and nothing more.
async fn begin(raw: &mut Raw, count: usize, (path, said): Opening<'_>) -> Vec<Call> {
    let mut calls = Vec::with_capacity(count);
    for _ in 0..count {
        let Ok(mut call) = raw.begin(path, &[]).await else {
            break;
        };
        if !said.is_empty() {
            // The server resets a call that it rejects at once.
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

/// A batch of one user whose caller does not end the user stream.
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

/// Waits until the server has ended all these calls.
async fn ended(calls: Vec<Call>) {
    let ended = async {
        for call in calls {
            let _status_or_reset = call.answer().await;
        }
    };
    let ended = tokio::time::timeout(TIMEOUT, ended).await;
    ended.expect("the server ends silent calls before the timeout");
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
    // The batches end shortly after their streams.
    let accepted = async {
        while !accepts_a_batch(&test_server.fixture).await {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    };
    let accepted = tokio::time::timeout(TIMEOUT, accepted).await;
    accepted.expect("the customer's quota is free again before the timeout");
    test_server.finish();
}

/// With a long idle timeout, silent callers take no more than their own share.
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
