use std::collections::BTreeMap;

use seatkeeper_proto::v1::journal_entry::Effect;
use seatkeeper_proto::v1::{
    ErrorReason, JournalEntry, JournalView, ListJournalEntriesRequest, Outcome,
    WatchJournalEntriesRequest, WatchJournalEntriesResponse,
};
use seatkeeper_tests::{
    CommandLine, Fixture, OwnServer, assign, assignment, everyone, filter, on_each_database,
    refusal, refused, revoke, swap,
};
use tonic::{Code, Status, Streaming};

/// As many users as the smallest chunk. With three products each, their changes exceed one part of
/// an entry.
const MANY: usize = 2_500;

fn request(fixture: &Fixture) -> ListJournalEntriesRequest {
    ListJournalEntriesRequest {
        parent: fixture.customer.clone(),
        ..ListJournalEntriesRequest::default()
    }
}

async fn pages(fixture: &Fixture, mut request: ListJournalEntriesRequest) -> Vec<JournalEntry> {
    let mut entries = Vec::new();
    loop {
        let mut journal = fixture.connection.journal();
        let answer = journal.list_journal_entries(request.clone()).await;
        let page = answer.unwrap().into_inner();
        entries.extend(page.journal_entries);
        if page.next_page_token.is_empty() {
            return entries;
        }
        request.page_token = page.next_page_token;
    }
}

async fn watch(
    fixture: &Fixture,
    after: i64,
) -> Result<Streaming<WatchJournalEntriesResponse>, Status> {
    let request = WatchJournalEntriesRequest {
        parent: fixture.customer.clone(),
        after_sequence_number: after,
        ..WatchJournalEntriesRequest::default()
    };
    let mut journal = fixture.connection.journal();
    Ok(journal.watch_journal_entries(request).await?.into_inner())
}

/// The licenses that follow from the journal alone, each with its disabled plans.
fn replayed(entries: &[JournalEntry]) -> BTreeMap<String, Vec<String>> {
    let mut held = BTreeMap::new();
    let changes = entries.iter().filter_map(|entry| match &entry.effect {
        Some(Effect::LicensesChanged(changed)) => Some(&changed.changes),
        _ => None,
    });
    for change in changes.flatten() {
        let before = match change.outcome() {
            Outcome::Assigned | Outcome::Updated => {
                held.insert(change.license.clone(), change.disabled_plans.clone())
            }
            Outcome::Revoked => held.remove(&change.license),
            other @ (Outcome::Unspecified
            | Outcome::Unchanged
            | Outcome::Failed
            | Outcome::Waitlisted) => panic!("{other:?} is not a change"),
        };
        let was_held = change.outcome() != Outcome::Assigned;
        assert_eq!(
            before,
            was_held.then(|| change.previous_disabled_plans.clone())
        );
    }
    held
}

async fn held(fixture: &Fixture) -> BTreeMap<String, Vec<String>> {
    let state = fixture.state().await;
    let licenses = state.licenses.into_iter();
    licenses
        .map(|license| (license.name, license.disabled_plans))
        .collect()
}

fn assert_gapless(entries: &[JournalEntry]) {
    let (mut sequence, mut part) = (1, 0);
    for entry in entries {
        let position = (entry.sequence_number, entry.part_index);
        assert_eq!(position, (sequence, part));
        (sequence, part) = if entry.last_part {
            (sequence + 1, 0)
        } else {
            (sequence, part + 1)
        };
    }
    assert_eq!(part, 0, "the last entry is complete");
}

/// Makes every kind of change.
async fn history(fixture: &Fixture) {
    fixture.add_users(6).await;
    for product in ["suite", "lite", "addon"] {
        fixture.buy(product, 5).await;
    }
    fixture
        .change(assign(&["suite", "addon"]), everyone())
        .await;
    let mut plans = assign(&[]);
    plans.assign.push(assignment("suite", &["mail"]));
    let sales = || filter("department = \"Sales\"");
    fixture.change(plans, sales()).await;
    fixture.change(revoke(&["addon"]), sales()).await;
    fixture
        .change(swap(&["suite"], &["lite"]), everyone())
        .await;
}

async fn a_replay_from_nothing_gives_the_licenses_held(fixture: Fixture) {
    history(&fixture).await;
    let entries = pages(&fixture, request(&fixture)).await;
    assert_gapless(&entries);
    let held = held(&fixture).await;
    assert!(!held.is_empty());
    assert_eq!(replayed(&entries), held);
}

async fn large_entries_come_in_parts(fixture: Fixture) {
    fixture.add_users(MANY).await;
    for product in ["suite", "lite", "addon"] {
        fixture.buy(product, 2_500).await;
    }
    let mut change = assign(&["lite", "addon"]);
    change.assign.push(assignment("suite", &["mail"]));
    fixture.change(change, everyone()).await;
    let entries = pages(&fixture, request(&fixture)).await;
    assert_gapless(&entries);
    assert!(entries.iter().any(|entry| !entry.last_part));
    assert_eq!(replayed(&entries).len(), 3 * MANY);
    let mut stream = watch(&fixture, 0).await.unwrap();
    let mut streamed = Vec::new();
    while streamed.len() < entries.len() {
        let message = stream.message().await.unwrap().unwrap();
        let complete = message
            .journal_entry
            .as_ref()
            .filter(|entry| entry.last_part);
        if let Some(entry) = complete {
            assert_eq!(message.resume_sequence_number, entry.sequence_number);
        }
        streamed.extend(message.journal_entry);
    }
    assert_eq!(streamed, entries);
}

async fn pages_of_any_size_hold_the_same(fixture: Fixture) {
    history(&fixture).await;
    let all = pages(&fixture, request(&fixture)).await;
    for page_size in [1, 3] {
        let request = ListJournalEntriesRequest {
            page_size,
            ..request(&fixture)
        };
        assert_eq!(pages(&fixture, request).await, all, "{page_size} a page");
    }
    let request = ListJournalEntriesRequest {
        after_sequence_number: 4,
        ..request(&fixture)
    };
    assert_eq!(pages(&fixture, request).await, all[4..]);
}

async fn the_basic_view_has_counts_only(fixture: Fixture) {
    history(&fixture).await;
    let view = JournalView::Basic.into();
    let entries = pages(
        &fixture,
        ListJournalEntriesRequest {
            view,
            ..request(&fixture)
        },
    )
    .await;
    let mut decided = 0;
    for entry in entries {
        match entry.effect.unwrap() {
            Effect::LicensesChanged(changed) => {
                assert_eq!(changed.changes, []);
                decided += changed.user_count;
            }
            Effect::ResourcesChanged(changed) => assert!(changed.resources.is_empty()),
            Effect::PurchaseChanged(_) | Effect::BatchChanged(_) => {}
        }
    }
    assert_eq!(decided, 6 + 3 + 3 + 6);
}

async fn a_watcher_receives_entries_as_they_are_written(fixture: Fixture) {
    fixture.add_users(1).await;
    let mut stream = watch(&fixture, 2).await.unwrap();
    let first = stream.message().await.unwrap().unwrap();
    assert_eq!(
        (first.resume_sequence_number, first.journal_entry),
        (2, None)
    );
    fixture.buy("suite", 3).await;
    let next = stream.message().await.unwrap().unwrap();
    let entry = next.journal_entry.unwrap();
    let Some(Effect::PurchaseChanged(changed)) = entry.effect else {
        panic!("a purchase was made: {entry:?}");
    };
    assert_eq!(changed.entitlement, fixture.entitlement_name("suite"));
    assert_eq!(
        (next.resume_sequence_number, next.newest_sequence_number),
        (3, 3)
    );
}

async fn a_position_that_never_was_is_refused(fixture: Fixture) {
    let answer = watch(&fixture, 7).await;
    refused(answer.map(drop))
        .is(Code::OutOfRange, ErrorReason::ResumePointUnknown)
        .with("maximum", "1");
}

async fn a_draining_server_reports_the_resume_point(own: OwnServer) {
    let mut stream = watch(&own.fixture, 0).await.unwrap();
    for _ in 0..2 {
        stream.message().await.unwrap().unwrap();
    }
    own.server.terminate();
    let status = stream.message().await.unwrap_err();
    refusal(&status)
        .is(Code::Unavailable, ErrorReason::ServerDraining)
        .with("resume_sequence_number", "1");
}

async fn the_command_line_shows_the_journal(fixture: Fixture) {
    history(&fixture).await;
    let line = CommandLine::of(&fixture);
    let customer = fixture.customer_id();
    let listed = line
        .objects(&["journal", "list", "--customer", customer])
        .await;
    let last = listed.last().unwrap()["sequence_number"].to_string();
    let words = ["journal", "watch", "--customer", customer, "--until", &last];
    assert_eq!(line.objects(&words).await, listed);
    let ended = line.run(&["journal", "list", "--customer", customer]).await;
    assert!(ended.output.contains("u1 SUITE assigned"), "{ended:?}");
}

on_each_database! {
    a_replay_from_nothing_gives_the_licenses_held,
    large_entries_come_in_parts,
    pages_of_any_size_hold_the_same,
    the_basic_view_has_counts_only,
    a_watcher_receives_entries_as_they_are_written,
    a_position_that_never_was_is_refused,
    a_draining_server_reports_the_resume_point,
    the_command_line_shows_the_journal,
}
