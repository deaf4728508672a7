use seatkeeper_proto::v1::{Batch, ErrorReason, Outcome, RevertBatchRequest, ViolationType};
use seatkeeper_tests::{
    CommandLine, Own, Scene, Transcript, assign, everyone, listed, on_each_database, refused,
    revoke, swap,
};
use tonic::Code;

/// More users than a chunk takes.
const MANY: usize = 20_000;

fn of(told: &Transcript) -> RevertBatchRequest {
    RevertBatchRequest {
        name: told.batch(),
        ..RevertBatchRequest::default()
    }
}

async fn start(scene: &Scene, request: RevertBatchRequest) -> Batch {
    let answer = scene.connection.batches().revert_batch(request).await;
    answer.unwrap().into_inner().batch.unwrap()
}

async fn revert(scene: &Scene, told: &Transcript) -> (Batch, Transcript) {
    let batch = start(scene, of(told)).await;
    let told = scene.follow(&batch.name, 0).await.unwrap().to_end().await;
    (batch, told)
}

/// Three users who hold `suite` get `lite` in its place.
async fn swapped(scene: &Scene) -> Transcript {
    scene.add_users(3).await;
    scene.buy("suite", 3).await;
    scene.buy("lite", 3).await;
    scene.change(assign(&["suite"]), everyone()).await;
    scene.change(swap(&["suite"], &["lite"]), everyone()).await
}

async fn a_swap_is_put_back(scene: Scene) {
    let told = swapped(&scene).await;
    let (batch, back) = revert(&scene, &told).await;
    assert_eq!(scene.holdings().await, ["u1:suite", "u2:suite", "u3:suite"]);
    assert_eq!(back.count(Outcome::Assigned), 3);
    assert_eq!(batch.reverted_batch, told.batch());
    assert_eq!((batch.change, batch.selection), (None, None));
}

async fn what_changed_since_is_told_and_left_alone(scene: Scene) {
    let told = swapped(&scene).await;
    let one = || listed(scene.users(&["u2"]));
    scene.change(revoke(&["lite"]), one()).await;
    scene.change(assign(&["lite"]), one()).await;
    let (_, back) = revert(&scene, &told).await;
    assert_eq!(scene.holdings().await, ["u1:suite", "u2:lite", "u3:suite"]);
    let violations = &back.results[1].license_results[1].violations;
    assert_eq!(violations[0].r#type(), ViolationType::ChangedSince);
}

async fn a_revert_is_reverted(scene: Scene) {
    let told = swapped(&scene).await;
    let (_, back) = revert(&scene, &told).await;
    revert(&scene, &back).await;
    assert_eq!(scene.holdings().await, ["u1:lite", "u2:lite", "u3:lite"]);
}

async fn a_batch_that_changed_nothing_is_refused(scene: Scene) {
    scene.add_users(1).await;
    let nothing = scene.change(revoke(&["suite"]), everyone()).await;
    let answer = scene.connection.batches().revert_batch(of(&nothing)).await;
    refused(answer.map(drop))
        .is(Code::FailedPrecondition, ErrorReason::NothingToRevert)
        .with("name", &nothing.batch());
}

async fn the_command_line_reverts(scene: Scene) {
    let told = swapped(&scene).await;
    let id = told.batch();
    let id = id.rsplit('/').next().unwrap();
    let line = CommandLine::of(&scene);
    let words = ["batches", "revert", id, "--customer", scene.customer_id()];
    let ended = line.run(&words).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(scene.holdings().await, ["u1:suite", "u2:suite", "u3:suite"]);
}

async fn a_revert_survives_a_crash(mut own: Own) {
    own.scene.add_users(MANY).await;
    let seats = i64::try_from(MANY).unwrap();
    own.scene.buy("suite", seats).await;
    let told = own.scene.change(assign(&["suite"]), everyone()).await;
    let batch = start(&own.scene, of(&told)).await;
    let mut reading = own.scene.follow(&batch.name, 0).await.unwrap();
    reading.read_results(1).await.unwrap();
    reading.hang_up();
    own.server.kill();
    own.start_again().await;
    let reading = own.scene.follow(&batch.name, 0).await.unwrap();
    assert_eq!(reading.to_end().await.count(Outcome::Revoked), seats);
    assert_eq!(own.scene.entitlement("suite").await.assigned_count, 0);
}

on_each_database! {
    a_swap_is_put_back,
    what_changed_since_is_told_and_left_alone,
    a_revert_is_reverted,
    a_batch_that_changed_nothing_is_refused,
    the_command_line_reverts,
    a_revert_survives_a_crash,
}
