use seatkeeper_proto::v1::{
    Batch, CancelBatchRequest, ErrorReason, Outcome, UserResult, Violation, ViolationType, batch,
};
use seatkeeper_tests::{Scene, Transcript, assign, everyone, on_each_database, refused};
use tonic::{Code, Status};

const USERS: usize = 30_000;

async fn cancel(scene: &Scene, batch: &str) -> Result<Batch, Status> {
    let request = CancelBatchRequest {
        name: batch.to_owned(),
    };
    let answer = scene.connection.batches().cancel_batch(request).await?;
    Ok(answer.into_inner().batch.unwrap())
}

/// A batch that was cancelled when its first results had come.
async fn cancelled_midway(scene: &Scene) -> Transcript {
    scene.add_users(USERS).await;
    scene.buy("suite", 30_000).await;
    let request = scene.request(assign(&["suite"]), everyone());
    let mut reading = scene.start(request).await.unwrap();
    reading.read_results(1).await.unwrap();
    cancel(scene, &reading.so_far().batch()).await.unwrap();
    reading.to_end().await
}

async fn what_is_done_stays_done_and_everyone_else_is_told(scene: Scene) {
    let told = cancelled_midway(&scene).await;
    assert_eq!(told.results.len(), USERS);
    let assigned = told.count(Outcome::Assigned);
    let cancelled = told.results.iter().filter(|result| is_cancelled(result));
    assert!(assigned > 0);
    assert_eq!(
        cancelled.count() + usize::try_from(assigned).unwrap(),
        USERS
    );
    assert_eq!(scene.entitlement("suite").await.assigned_count, assigned);
    let batch = told.finished.unwrap().batch.unwrap();
    assert_eq!(batch.state(), batch::State::Cancelled);
}

fn is_cancelled(result: &UserResult) -> bool {
    let violations = &result.license_results[0].violations;
    violations
        .iter()
        .map(Violation::r#type)
        .eq([ViolationType::Cancelled])
}

async fn a_batch_that_has_ended_can_not_be_cancelled(scene: Scene) {
    scene.add_users(1).await;
    scene.buy("suite", 1).await;
    let told = scene.change(assign(&["suite"]), everyone()).await;
    refused(cancel(&scene, &told.batch()).await)
        .is(Code::FailedPrecondition, ErrorReason::BatchFinished)
        .with("name", &told.batch());
}

on_each_database! {
    what_is_done_stays_done_and_everyone_else_is_told,
    a_batch_that_has_ended_can_not_be_cancelled,
}
