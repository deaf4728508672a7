use seatkeeper_proto::v1::{
    BatchUpdateLicensesResponse, ListLicensesRequest, UpdateUserLicensesRequest,
};
use seatkeeper_tests::{Reading, Scene, assign, everyone, listed, on_each_database};

const USERS: usize = 30_000;
const LAST: &str = "u30000";

/// A batch over everyone that has told its first results.
async fn large_batch(scene: &Scene) -> Reading<BatchUpdateLicensesResponse> {
    scene.add_users(USERS).await;
    scene.buy("suite", 30_000).await;
    scene.buy("addon", 2).await;
    let request = scene.request(assign(&["suite"]), everyone());
    let mut reading = scene.start(request).await.unwrap();
    reading.read_results(1).await.unwrap();
    reading
}

/// The number of the journal entry that gave the last user their license.
async fn last_entry(scene: &Scene) -> i64 {
    let request = ListLicensesRequest {
        parent: scene.user(LAST),
        ..ListLicensesRequest::default()
    };
    let answer = scene.connection.licenses().list_licenses(request).await;
    answer.unwrap().into_inner().licenses[0].journal_sequence_number
}

async fn one_user_does_not_wait_for_a_large_batch(scene: Scene) {
    let reading = large_batch(&scene).await;
    let request = UpdateUserLicensesRequest {
        name: scene.user("u1"),
        change: Some(assign(&["addon"])),
        ..UpdateUserLicensesRequest::default()
    };
    let mut licenses = scene.connection.licenses();
    let answer = licenses.update_user_licenses(request).await.unwrap();
    reading.to_end().await;
    assert!(answer.into_inner().journal_sequence_number < last_entry(&scene).await);
}

async fn a_small_batch_does_not_wait_for_a_large_one(scene: Scene) {
    let reading = large_batch(&scene).await;
    let users = listed(scene.users(&["u1", "u2"]));
    let small = scene.change(assign(&["addon"]), users).await;
    let small = small.finished.unwrap().batch.unwrap().end_time.unwrap();
    let large = reading.to_end().await.finished.unwrap();
    let large = large.batch.unwrap().end_time.unwrap();
    assert!((small.seconds, small.nanos) < (large.seconds, large.nanos));
}

on_each_database! {
    one_user_does_not_wait_for_a_large_batch,
    a_small_batch_does_not_wait_for_a_large_one,
}
