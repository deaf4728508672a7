use std::collections::BTreeMap;

use seatkeeper_proto::v1::journal_entry::Effect;
use seatkeeper_proto::v1::{
    ErrorReason, JournalEntry, JournalView, ListJournalEntriesRequest, Outcome,
    WatchJournalEntriesRequest, WatchJournalEntriesResponse,
};
use seatkeeper_tests::{
    CommandLine, Own, Scene, assign, assignment, everyone, filter, on_each_database, refusal,
    refused, revoke, swap,
};
use tonic::{Code, Status, Streaming};

/// As many users as the smallest chunk has: with three products each, their changes do not fit one
/// part of an entry.
const MANY: usize = 2_500;

fn request(scene: &Scene) -> ListJournalEntriesRequest {
    ListJournalEntriesRequest {
        parent: scene.customer.clone(),
        ..ListJournalEntriesRequest::default()
    }
}

async fn pages(scene: &Scene, mut request: ListJournalEntriesRequest) -> Vec<JournalEntry> {
    let mut entries = Vec::new();
    loop {
        let mut journal = scene.connection.journal();
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
    scene: &Scene,
    after: i64,
) -> Result<Streaming<WatchJournalEntriesResponse>, Status> {
    let request = WatchJournalEntriesRequest {
        parent: scene.customer.clone(),
        after_sequence_number: after,
        ..WatchJournalEntriesRequest::default()
    };
    let mut journal = scene.connection.journal();
    Ok(journal.watch_journal_entries(request).await?.into_inner())
}

/// What the licenses held are by the journal alone: each with its plans that are off.
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
            | Outcome::Waitlisted) => panic!("{other:?} is no change"),
        };
        let was_held = change.outcome() != Outcome::Assigned;
        assert_eq!(
            before,
            was_held.then(|| change.previous_disabled_plans.clone())
        );
    }
    held
}

async fn held(scene: &Scene) -> BTreeMap<String, Vec<String>> {
    let state = scene.state().await;
    let licenses = state.licenses.into_iter();
    licenses
        .map(|license| (license.name, license.disabled_plans))
        .collect()
}

fn assert_gapless(entries: &[JournalEntry]) {
    let (mut sequence, mut part) = (1, 0);
    for entry in entries {
        let place = (entry.sequence_number, entry.part_index);
        assert_eq!(place, (sequence, part));
        (sequence, part) = if entry.last_part {
            (sequence + 1, 0)
        } else {
            (sequence, part + 1)
        };
    }
    assert_eq!(part, 0, "the last entry is complete");
}

/// A history with every kind of change.
async fn history(scene: &Scene) {
    scene.add_users(6).await;
    for product in ["suite", "lite", "addon"] {
        scene.buy(product, 5).await;
    }
    scene.change(assign(&["suite", "addon"]), everyone()).await;
    let mut plans = assign(&[]);
    plans.assign.push(assignment("suite", &["mail"]));
    let sales = || filter("department = \"Sales\"");
    scene.change(plans, sales()).await;
    scene.change(revoke(&["addon"]), sales()).await;
    scene.change(swap(&["suite"], &["lite"]), everyone()).await;
}

async fn a_replay_from_nothing_gives_the_licenses_held(scene: Scene) {
    history(&scene).await;
    let entries = pages(&scene, request(&scene)).await;
    assert_gapless(&entries);
    let held = held(&scene).await;
    assert!(!held.is_empty());
    assert_eq!(replayed(&entries), held);
}

async fn large_entries_come_in_parts(scene: Scene) {
    scene.add_users(MANY).await;
    for product in ["suite", "lite", "addon"] {
        scene.buy(product, 2_500).await;
    }
    let mut change = assign(&["lite", "addon"]);
    change.assign.push(assignment("suite", &["mail"]));
    scene.change(change, everyone()).await;
    let entries = pages(&scene, request(&scene)).await;
    assert_gapless(&entries);
    assert!(entries.iter().any(|entry| !entry.last_part));
    assert_eq!(replayed(&entries).len(), 3 * MANY);
    let mut stream = watch(&scene, 0).await.unwrap();
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

async fn pages_of_any_size_hold_the_same(scene: Scene) {
    history(&scene).await;
    let all = pages(&scene, request(&scene)).await;
    for page_size in [1, 3] {
        let request = ListJournalEntriesRequest {
            page_size,
            ..request(&scene)
        };
        assert_eq!(pages(&scene, request).await, all, "{page_size} a page");
    }
    let request = ListJournalEntriesRequest {
        after_sequence_number: 4,
        ..request(&scene)
    };
    assert_eq!(pages(&scene, request).await, all[4..]);
}

async fn the_basic_view_tells_counts_alone(scene: Scene) {
    history(&scene).await;
    let view = JournalView::Basic.into();
    let entries = pages(
        &scene,
        ListJournalEntriesRequest {
            view,
            ..request(&scene)
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

async fn a_watcher_is_told_what_happens_as_it_happens(scene: Scene) {
    scene.add_users(1).await;
    let mut stream = watch(&scene, 2).await.unwrap();
    let first = stream.message().await.unwrap().unwrap();
    assert_eq!(
        (first.resume_sequence_number, first.journal_entry),
        (2, None)
    );
    scene.buy("suite", 3).await;
    let next = stream.message().await.unwrap().unwrap();
    let entry = next.journal_entry.unwrap();
    let Some(Effect::PurchaseChanged(changed)) = entry.effect else {
        panic!("a purchase was made: {entry:?}");
    };
    assert_eq!(changed.entitlement, scene.entitlement_name("suite"));
    assert_eq!(
        (next.resume_sequence_number, next.newest_sequence_number),
        (3, 3)
    );
}

async fn a_place_that_never_was_is_refused(scene: Scene) {
    let answer = watch(&scene, 7).await;
    refused(answer.map(drop))
        .is(Code::OutOfRange, ErrorReason::ResumePointUnknown)
        .with("maximum", "1");
}

async fn a_server_that_ends_tells_where_to_go_on(own: Own) {
    let mut stream = watch(&own.scene, 0).await.unwrap();
    for _ in 0..2 {
        stream.message().await.unwrap().unwrap();
    }
    own.server.terminate();
    let status = stream.message().await.unwrap_err();
    refusal(&status)
        .is(Code::Unavailable, ErrorReason::ServerDraining)
        .with("resume_sequence_number", "1");
}

async fn the_command_line_shows_the_journal(scene: Scene) {
    history(&scene).await;
    let line = CommandLine::of(&scene);
    let customer = scene.customer_id();
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
    the_basic_view_tells_counts_alone,
    a_watcher_is_told_what_happens_as_it_happens,
    a_place_that_never_was_is_refused,
    a_server_that_ends_tells_where_to_go_on,
    the_command_line_shows_the_journal,
}
