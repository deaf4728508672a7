use seatkeeper_proto::v1::{BatchUpdateLicensesRequest, Outcome, batch};
use seatkeeper_tests::{Fixture, Transcript, assign, everyone, on_each_database};

/// More than one chunk.
const USERS: usize = 5_001;

async fn assign_to_all(fixture: &Fixture, users: usize, per_message: i32) -> Transcript {
    fixture.add_users(users).await;
    fixture.buy("suite", 10_000).await;
    let request = fixture.request(assign(&["suite"]), everyone());
    let request = BatchUpdateLicensesRequest {
        max_results_per_message: per_message,
        ..request
    };
    fixture.run(request).await
}

async fn every_user_of_several_chunks_has_one_result(fixture: Fixture) {
    let transcript = assign_to_all(&fixture, USERS, 0).await;
    assert_eq!(transcript.results.len(), USERS);
}

async fn started_describes_the_accepted_batch(fixture: Fixture) {
    let transcript = assign_to_all(&fixture, 2, 0).await;
    let started = transcript.started.unwrap();
    let batch = started.batch.unwrap();
    assert_eq!(batch.change.unwrap().assign[0].product, "products/suite");
    assert_eq!((started.user_count, started.catalog_version), (2, 1));
    assert!(!started.joined);
}

async fn messages_hold_no_more_results_than_asked_for(fixture: Fixture) {
    fixture.add_users(5).await;
    fixture.buy("suite", 5).await;
    let request = BatchUpdateLicensesRequest {
        max_results_per_message: 2,
        ..fixture.request(assign(&["suite"]), everyone())
    };
    let mut reading = fixture.start(request).await.unwrap();
    let mut sizes = Vec::new();
    let mut had = 0;
    while reading.next().await.unwrap().is_some() {
        let has = reading.so_far().results.len();
        sizes.extend((has > had).then_some(has - had));
        had = has;
    }
    assert_eq!(sizes, [2, 2, 1]);
}

async fn finished_carries_the_batch_in_its_final_state(fixture: Fixture) {
    let transcript = assign_to_all(&fixture, 2, 0).await;
    let batch = transcript.finished.unwrap().batch.unwrap();
    assert_eq!(batch.state(), batch::State::Succeeded);
    assert_eq!(batch.processed_count, 2);
    assert!(batch.end_time.is_some());
}

async fn finished_counts_outcomes(fixture: Fixture) {
    let transcript = assign_to_all(&fixture, 3, 0).await;
    assert_eq!(transcript.count(Outcome::Assigned), 3);
    assert_eq!(transcript.summary().succeeded_user_count, 3);
}

async fn finished_has_the_seats_left(fixture: Fixture) {
    let transcript = assign_to_all(&fixture, 3, 0).await;
    let left = &transcript.summary().seats_left;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].product, "products/suite");
    assert_eq!(left[0].available_count, 9_997);
}

async fn licenses_held_afterwards_come_on_request(fixture: Fixture) {
    fixture.add_users(1).await;
    fixture.buy("suite", 1).await;
    let request = BatchUpdateLicensesRequest {
        include_licenses: true,
        ..fixture.request(assign(&["suite"]), everyone())
    };
    let transcript = fixture.run(request).await;
    let names = transcript.results[0].licenses.iter().map(|held| &held.name);
    let expected = format!("{}/licenses/suite", fixture.user("u1"));
    assert_eq!(names.collect::<Vec<_>>(), [&expected]);
}

async fn licenses_held_afterwards_do_not_come_unasked(fixture: Fixture) {
    let transcript = assign_to_all(&fixture, 1, 0).await;
    assert_eq!(transcript.results[0].licenses, []);
}

on_each_database! {
    every_user_of_several_chunks_has_one_result,
    started_describes_the_accepted_batch,
    messages_hold_no_more_results_than_asked_for,
    finished_carries_the_batch_in_its_final_state,
    finished_counts_outcomes,
    finished_has_the_seats_left,
    licenses_held_afterwards_come_on_request,
    licenses_held_afterwards_do_not_come_unasked,
}
