//! Callers that request much data and do not read the response.

use std::time::Duration;

use bytes::Bytes;
use seatkeeper_proto::v1::{
    BatchUpdateLicensesRequest, ListUsersRequest, User, WatchJournalEntriesRequest,
};
use seatkeeper_tests::{Database, Fixture, assign, everyone, on_each_database};
use tonic::Code;

use crate::bystander::Bystander;
use crate::raw::{ATTACKER, CLIENT, Raw};
use crate::test_server::TestServer;
use crate::wire::framed;

/// Number of unread responses of three megabytes.
const LISTS: usize = 16;
/// A lower bound of the size of one response.
const PAGE_BYTES: usize = 2 * 1024 * 1024;
/// The server's memory budget for responses, in bytes. One caller gets half of it.
const BUDGET_BYTES: u64 = 16 * 1024 * 1024;
/// Number of concurrent lists.
const AT_ONCE: usize = 2;
/// Users on a page, each of about three kilobytes.
const PAGE: i32 = 1_000;
const TEXT_LENGTH: usize = 256;
/// Longer than the timeout of an unread response.
const QUIET: Duration = Duration::from_secs(4);
/// Bound of the time until the server resets an unread response. The configured timeout is one
/// second.
const TIMEOUT: Duration = Duration::from_secs(15);
const ONE_SECOND: (&str, &str) = ("UNREAD_RESPONSE_SECONDS", "1");

const LIST: &str = "/seatkeeper.v1.DirectoryService/ListUsers";
const BATCH: &str = "/seatkeeper.v1.LicenseService/BatchUpdateLicenses";

/// A request for a page of another customer's users, whose fields are all long.
async fn large_page(test_server: &TestServer) -> Bytes {
    let other = Fixture::on(&test_server.server).await;
    let text = "\u{1f600}".repeat(TEXT_LENGTH);
    let users = (0..PAGE).map(|number| User {
        display_name: text.clone(),
        department: text.clone(),
        job_title: text.clone(),
        ..other.person(&format!("large-{number}"), "CH")
    });
    other.import_users(users.collect()).await;
    framed(&ListUsersRequest {
        parent: other.customer.clone(),
        page_size: PAGE,
        ..ListUsersRequest::default()
    })
}

async fn answers_that_are_not_read_take_no_more_than_their_budget(database: Database) {
    let budget = BUDGET_BYTES.to_string();
    let settings = [("RESPONSE_BYTES_MAX", budget.as_str())];
    let test_server = TestServer::start(database, &settings).await;
    let request = large_page(&test_server).await;
    let bystander = Bystander::beside(&test_server).await;
    let mut raw = Raw::open_with_window(&test_server.fixture.url, ATTACKER, 1).await;
    let mut unread = Vec::new();
    let mut refused = Vec::new();
    for _ in 0..LISTS / AT_ONCE {
        let mut calls = Vec::new();
        for _ in 0..AT_ONCE {
            calls.push(raw.call(LIST, &[], request.clone()).await.unwrap());
        }
        for call in calls {
            match call.unread().await.unwrap().begun().await {
                Ok(answer) => unread.push(answer),
                Err(status) => refused.push(status.code()),
            }
        }
    }
    bystander.assert_unharmed_on(&test_server).await;
    let share = usize::try_from(BUDGET_BYTES / 2).unwrap();
    assert!(
        unread.len() * PAGE_BYTES <= share,
        "{} responses are held",
        unread.len()
    );
    let exhausted = |code: &Code| *code == Code::ResourceExhausted;
    assert!(refused.iter().all(exhausted), "{refused:?}");
    drop(unread);
    test_server.finish();
}

async fn an_unread_response_is_reset(database: Database) {
    let test_server = TestServer::start_light(database, &[ONE_SECOND]).await;
    let request = large_page(&test_server).await;
    let mut raw = Raw::open_with_window(&test_server.fixture.url, CLIENT, 1).await;
    let batch = BatchUpdateLicensesRequest {
        max_results_per_message: 10,
        ..test_server.fixture.request(assign(&["suite"]), everyone())
    };
    for (path, request) in [(LIST, request), (BATCH, framed(&batch))] {
        let unread = raw.call(path, &[], request).await.unwrap().unread().await;
        let reset = tokio::time::timeout(TIMEOUT, unread.unwrap().reset()).await;
        reset.expect("the server resets the unread response before the bound");
    }
    test_server.finish();
}

/// The feed has nothing to send, so the server can't distinguish this reader from a blocked one.
async fn a_change_feed_without_news_stays(database: Database) {
    let test_server = TestServer::start_light(database, &[ONE_SECOND]).await;
    let request = WatchJournalEntriesRequest {
        parent: test_server.fixture.customer.clone(),
        ..WatchJournalEntriesRequest::default()
    };
    let mut journal = test_server.fixture.connection.journal();
    let watched = journal.watch_journal_entries(request).await.unwrap();
    let mut watched = watched.into_inner();
    // Reads all existing entries.
    let quiet = async { while watched.message().await.unwrap().is_some() {} };
    assert!(tokio::time::timeout(QUIET, quiet).await.is_err());
    test_server.fixture.buy("addon", 1).await;
    let response = tokio::time::timeout(TIMEOUT, watched.message()).await;
    let response = response.expect("the feed is still open").unwrap().unwrap();
    assert!(response.journal_entry.is_some() || response.newest_sequence_number > 0);
    test_server.finish();
}

on_each_database! {
    answers_that_are_not_read_take_no_more_than_their_budget,
    an_unread_response_is_reset,
    a_change_feed_without_news_stays,
}
