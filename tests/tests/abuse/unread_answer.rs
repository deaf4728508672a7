//! Callers who ask for much and do not read the answer.

use std::time::Duration;

use bytes::Bytes;
use seatkeeper_proto::v1::{
    BatchUpdateLicensesRequest, ListUsersRequest, User, WatchJournalEntriesRequest,
};
use seatkeeper_tests::{Database, Scene, assign, everyone, on_each_database};
use tonic::Code;

use crate::bystander::Bystander;
use crate::raw::{ATTACKER, CLIENT, Raw};
use crate::stage::Stage;
use crate::wire::framed;

/// Answers of three megabytes that are not read.
const LISTS: usize = 16;
/// Less than one of them takes.
const PAGE_BYTES: usize = 2 * 1024 * 1024;
/// Bytes of unread answers that the server may hold; half of them for one caller.
const BUDGET_BYTES: u64 = 16 * 1024 * 1024;
/// Lists that are asked for together.
const AT_ONCE: usize = 2;
/// Users of a page, each of about three kilobytes.
const PAGE: i32 = 1_000;
const TEXT_LENGTH: usize = 256;
/// Longer than an answer may be unread.
const QUIET: Duration = Duration::from_secs(4);
/// How long it may take until an answer that nobody reads is given up, where a second is allowed.
const PATIENCE: Duration = Duration::from_secs(15);
const ONE_SECOND: (&str, &str) = ("UNREAD_RESPONSE_SECONDS", "1");

const LIST: &str = "/seatkeeper.v1.DirectoryService/ListUsers";
const BATCH: &str = "/seatkeeper.v1.LicenseService/BatchUpdateLicenses";

/// A request for a page of another customer's users, all of them large.
async fn large_page(stage: &Stage) -> Bytes {
    let other = Scene::on(&stage.server).await;
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
    let stage = Stage::start(database, &settings).await;
    let request = large_page(&stage).await;
    let bystander = Bystander::beside(&stage).await;
    let mut raw = Raw::open_with_window(&stage.scene.url, ATTACKER, 1).await;
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
    bystander.assert_unharmed_on(&stage).await;
    let share = usize::try_from(BUDGET_BYTES / 2).unwrap();
    assert!(
        unread.len() * PAGE_BYTES <= share,
        "{} lists are held",
        unread.len()
    );
    let exhausted = |code: &Code| *code == Code::ResourceExhausted;
    assert!(refused.iter().all(exhausted), "{refused:?}");
    drop(unread);
    stage.finish();
}

async fn an_answer_that_nobody_reads_is_reset(database: Database) {
    let stage = Stage::start_light(database, &[ONE_SECOND]).await;
    let request = large_page(&stage).await;
    let mut raw = Raw::open_with_window(&stage.scene.url, CLIENT, 1).await;
    let batch = BatchUpdateLicensesRequest {
        max_results_per_message: 10,
        ..stage.scene.request(assign(&["suite"]), everyone())
    };
    for (path, request) in [(LIST, request), (BATCH, framed(&batch))] {
        let unread = raw.call(path, &[], request).await.unwrap().unread().await;
        let reset = tokio::time::timeout(PATIENCE, unread.unwrap().reset()).await;
        reset.expect("the answer is given up");
    }
    stage.finish();
}

/// It has nothing to send: its reader can't be told from one that reads.
async fn a_change_feed_without_news_stays(database: Database) {
    let stage = Stage::start_light(database, &[ONE_SECOND]).await;
    let request = WatchJournalEntriesRequest {
        parent: stage.scene.customer.clone(),
        ..WatchJournalEntriesRequest::default()
    };
    let mut journal = stage.scene.connection.journal();
    let watched = journal.watch_journal_entries(request).await.unwrap();
    let mut watched = watched.into_inner();
    // Reads all there is.
    let quiet = async { while watched.message().await.unwrap().is_some() {} };
    assert!(tokio::time::timeout(QUIET, quiet).await.is_err());
    stage.scene.buy("addon", 1).await;
    let told = tokio::time::timeout(PATIENCE, watched.message()).await;
    let told = told.expect("it goes on").unwrap().unwrap();
    assert!(told.journal_entry.is_some() || told.newest_sequence_number > 0);
    stage.finish();
}

on_each_database! {
    answers_that_are_not_read_take_no_more_than_their_budget,
    an_answer_that_nobody_reads_is_reset,
    a_change_feed_without_news_stays,
}
