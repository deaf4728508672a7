use seatkeeper_proto::v1::{Batch, ErrorReason, Outcome, RetryFailedBatchRequest, ViolationType};
use seatkeeper_tests::{
    CommandLine, Scene, Transcript, assign, listed, on_each_database, refused, swap,
};
use tonic::Code;

/// Of four users, in an order of the caller's, one gets `suite`, and one is nobody.
async fn batch(scene: &Scene) -> Transcript {
    scene.add_users(3).await;
    scene.buy("suite", 1).await;
    let users = scene.users(&["u3", "ghost", "u2", "u1"]);
    scene.change(assign(&["suite"]), listed(users)).await
}

fn of(told: &Transcript) -> RetryFailedBatchRequest {
    RetryFailedBatchRequest {
        name: told.batch(),
        ..RetryFailedBatchRequest::default()
    }
}

async fn retry(scene: &Scene, request: RetryFailedBatchRequest) -> (Batch, Transcript) {
    let answer = scene.connection.batches().retry_failed_batch(request).await;
    let batch = answer.unwrap().into_inner().batch.unwrap();
    let told = scene.follow(&batch.name, 0).await.unwrap().to_end().await;
    (batch, told)
}

async fn failed_users_are_judged_anew_in_their_order(scene: Scene) {
    let first = batch(&scene).await;
    scene.buy("suite", 1).await;
    let (_, told) = retry(&scene, of(&first)).await;
    assert_eq!(told.users(), ["ghost", "u2", "u1"]);
    let indexes = told.results.iter().map(|result| result.request_index);
    assert!(indexes.eq([Some(1), Some(2), Some(3)]));
    let expected = [Outcome::Failed, Outcome::Assigned, Outcome::Failed];
    assert_eq!(told.outcome_of_each(), expected);
}

async fn the_batch_says_which_it_tries_again(scene: Scene) {
    let first = batch(&scene).await;
    let request = RetryFailedBatchRequest {
        violation_types: vec![ViolationType::SeatsExhausted.into()],
        ..of(&first)
    };
    let (batch, told) = retry(&scene, request.clone()).await;
    assert_eq!(told.users(), ["u2", "u1"]);
    assert_eq!(batch.retried_batch, first.batch());
    assert_eq!(batch.retried_violation_types, request.violation_types);
    assert_eq!(batch.selection, None);
    assert!(batch.change.is_some());
}

async fn a_batch_without_failures_is_not_tried_again(scene: Scene) {
    batch(&scene).await;
    let well = scene
        .change(swap(&["suite"], &[]), listed(scene.users(&["u3"])))
        .await;
    let answer = scene
        .connection
        .batches()
        .retry_failed_batch(of(&well))
        .await;
    refused(answer.map(drop))
        .is(Code::FailedPrecondition, ErrorReason::NothingToRetry)
        .with("name", &well.batch());
}

async fn the_command_line_tries_again(scene: Scene) {
    let first = batch(&scene).await;
    scene.buy("suite", 5).await;
    let id = first.batch();
    let id = id.rsplit('/').next().unwrap();
    let line = CommandLine::of(&scene);
    let words = ["batches", "retry", id, "--customer", scene.customer_id()];
    let ended = line.run(&words).await;
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.output.contains("USER_NOT_FOUND"), "{ended:?}");
    assert_eq!(scene.entitlement("suite").await.assigned_count, 3);
}

on_each_database! {
    failed_users_are_judged_anew_in_their_order,
    the_batch_says_which_it_tries_again,
    a_batch_without_failures_is_not_tried_again,
    the_command_line_tries_again,
}
