use seatkeeper_proto::v1::{BatchUpdateLicensesRequest, Outcome, batch};
use seatkeeper_tests::{Scene, Transcript, assign, everyone, on_each_database};

/// More than one chunk.
const USERS: usize = 5_001;

async fn assign_to_all(scene: &Scene, users: usize, per_message: i32) -> Transcript {
    scene.add_users(users).await;
    scene.buy("suite", 10_000).await;
    let request = scene.request(assign(&["suite"]), everyone());
    let request = BatchUpdateLicensesRequest {
        max_results_per_message: per_message,
        ..request
    };
    scene.run(request).await
}

async fn every_user_of_several_chunks_has_one_result(scene: Scene) {
    let told = assign_to_all(&scene, USERS, 0).await;
    assert_eq!(told.results.len(), USERS);
}

async fn started_tells_what_was_accepted(scene: Scene) {
    let told = assign_to_all(&scene, 2, 0).await;
    let started = told.started.unwrap();
    let batch = started.batch.unwrap();
    assert_eq!(batch.change.unwrap().assign[0].product, "products/suite");
    assert_eq!((started.user_count, started.catalog_version), (2, 1));
    assert!(!started.joined);
}

async fn messages_hold_no_more_results_than_asked_for(scene: Scene) {
    scene.add_users(5).await;
    scene.buy("suite", 5).await;
    let request = BatchUpdateLicensesRequest {
        max_results_per_message: 2,
        ..scene.request(assign(&["suite"]), everyone())
    };
    let mut reading = scene.start(request).await.unwrap();
    let mut sizes = Vec::new();
    let mut had = 0;
    while reading.next().await.unwrap().is_some() {
        let has = reading.so_far().results.len();
        sizes.extend((has > had).then_some(has - had));
        had = has;
    }
    assert_eq!(sizes, [2, 2, 1]);
}

async fn finished_carries_the_batch_in_its_final_state(scene: Scene) {
    let told = assign_to_all(&scene, 2, 0).await;
    let batch = told.finished.unwrap().batch.unwrap();
    assert_eq!(batch.state(), batch::State::Succeeded);
    assert_eq!(batch.processed_count, 2);
    assert!(batch.end_time.is_some());
}

async fn finished_counts_outcomes(scene: Scene) {
    let told = assign_to_all(&scene, 3, 0).await;
    assert_eq!(told.count(Outcome::Assigned), 3);
    assert_eq!(told.summary().succeeded_user_count, 3);
}

async fn finished_tells_the_seats_left(scene: Scene) {
    let told = assign_to_all(&scene, 3, 0).await;
    let left = &told.summary().seats_left;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].product, "products/suite");
    assert_eq!(left[0].available_count, 9_997);
}

async fn licenses_held_afterwards_come_on_request(scene: Scene) {
    scene.add_users(1).await;
    scene.buy("suite", 1).await;
    let request = BatchUpdateLicensesRequest {
        include_licenses: true,
        ..scene.request(assign(&["suite"]), everyone())
    };
    let told = scene.run(request).await;
    let names = told.results[0].licenses.iter().map(|held| &held.name);
    let expected = format!("{}/licenses/suite", scene.user("u1"));
    assert_eq!(names.collect::<Vec<_>>(), [&expected]);
}

async fn licenses_held_afterwards_do_not_come_unasked(scene: Scene) {
    let told = assign_to_all(&scene, 1, 0).await;
    assert_eq!(told.results[0].licenses, []);
}

on_each_database! {
    every_user_of_several_chunks_has_one_result,
    started_tells_what_was_accepted,
    messages_hold_no_more_results_than_asked_for,
    finished_carries_the_batch_in_its_final_state,
    finished_counts_outcomes,
    finished_tells_the_seats_left,
    licenses_held_afterwards_come_on_request,
    licenses_held_afterwards_do_not_come_unasked,
}
