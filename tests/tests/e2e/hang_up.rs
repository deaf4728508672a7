use seatkeeper_proto::v1::{BatchUpdateLicensesRequest, batch};
use seatkeeper_tests::{Scene, assign, everyone, on_each_database};

const USERS: usize = 30_000;

/// Starts a batch and hangs up after its first results; gives the batch and what had come.
async fn hang_up(scene: &Scene, cancel_on_disconnect: bool) -> (String, usize) {
    scene.add_users(USERS).await;
    scene.buy("suite", 30_000).await;
    let request = BatchUpdateLicensesRequest {
        cancel_on_disconnect,
        ..scene.request(assign(&["suite"]), everyone())
    };
    let mut reading = scene.start(request).await.unwrap();
    reading.read_results(1).await.unwrap();
    let told = reading.hang_up();
    (told.batch(), told.results.len())
}

async fn a_batch_goes_on_when_its_caller_hangs_up(scene: Scene) {
    let (batch, seen) = hang_up(&scene, false).await;
    let ended = scene.ended_batch(&batch).await;
    assert_eq!(ended.state(), batch::State::Succeeded);
    let after = i64::try_from(seen).unwrap();
    let rest = scene.follow(&batch, after).await.unwrap().to_end().await;
    assert_eq!(rest.results.len(), USERS - seen);
}

async fn a_batch_is_cancelled_with_its_caller_on_request(scene: Scene) {
    let (batch, seen) = hang_up(&scene, true).await;
    assert!(seen < USERS);
    let ended = scene.ended_batch(&batch).await;
    assert_eq!(ended.state(), batch::State::Cancelled);
}

on_each_database! {
    a_batch_goes_on_when_its_caller_hangs_up,
    a_batch_is_cancelled_with_its_caller_on_request,
}
