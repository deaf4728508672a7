use seatkeeper_proto::v1::{
    Batch, CancelBatchRequest, ErrorReason, Outcome, UserResult, Violation, ViolationType, batch,
};
use seatkeeper_tests::{Fixture, Transcript, assign, everyone, on_each_database, refused};
use tonic::{Code, Status};

const USERS: usize = 30_000;

async fn cancel(fixture: &Fixture, batch: &str) -> Result<Batch, Status> {
    let request = CancelBatchRequest {
        name: batch.to_owned(),
    };
    let answer = fixture.connection.batches().cancel_batch(request).await?;
    Ok(answer.into_inner().batch.unwrap())
}

/// Runs a batch and cancels it after its first results.
async fn cancelled_midway(fixture: &Fixture) -> Transcript {
    fixture.add_users(USERS).await;
    fixture.buy("suite", 30_000).await;
    let request = fixture.request(assign(&["suite"]), everyone());
    let mut reading = fixture.start(request).await.unwrap();
    reading.read_results(1).await.unwrap();
    cancel(fixture, &reading.so_far().batch()).await.unwrap();
    reading.to_end().await
}

async fn a_cancelled_batch_keeps_completed_changes_and_reports_the_rest(fixture: Fixture) {
    let transcript = cancelled_midway(&fixture).await;
    assert_eq!(transcript.results.len(), USERS);
    let assigned = transcript.count(Outcome::Assigned);
    let cancelled = transcript
        .results
        .iter()
        .filter(|result| is_cancelled(result));
    assert!(assigned > 0);
    assert_eq!(
        cancelled.count() + usize::try_from(assigned).unwrap(),
        USERS
    );
    assert_eq!(fixture.entitlement("suite").await.assigned_count, assigned);
    let batch = transcript.finished.unwrap().batch.unwrap();
    assert_eq!(batch.state(), batch::State::Cancelled);
}

fn is_cancelled(result: &UserResult) -> bool {
    let violations = &result.license_results[0].violations;
    violations
        .iter()
        .map(Violation::r#type)
        .eq([ViolationType::Cancelled])
}

async fn a_batch_that_has_ended_can_not_be_cancelled(fixture: Fixture) {
    fixture.add_users(1).await;
    fixture.buy("suite", 1).await;
    let transcript = fixture.change(assign(&["suite"]), everyone()).await;
    refused(cancel(&fixture, &transcript.batch()).await)
        .is(Code::FailedPrecondition, ErrorReason::BatchFinished)
        .with("name", &transcript.batch());
}

on_each_database! {
    a_cancelled_batch_keeps_completed_changes_and_reports_the_rest,
    a_batch_that_has_ended_can_not_be_cancelled,
}
