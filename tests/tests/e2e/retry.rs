use seatkeeper_proto::v1::{Batch, ErrorReason, Outcome, RetryFailedBatchRequest, ViolationType};
use seatkeeper_tests::{
    CommandLine, Fixture, Transcript, assign, listed, on_each_database, refused, swap,
};
use tonic::Code;

/// Runs a batch of four users in the caller's order: one gets `suite`, and one does not exist.
async fn batch(fixture: &Fixture) -> Transcript {
    fixture.add_users(3).await;
    fixture.buy("suite", 1).await;
    let users = fixture.users(&["u3", "ghost", "u2", "u1"]);
    fixture.change(assign(&["suite"]), listed(users)).await
}

fn of(transcript: &Transcript) -> RetryFailedBatchRequest {
    RetryFailedBatchRequest {
        name: transcript.batch(),
        ..RetryFailedBatchRequest::default()
    }
}

async fn retry(fixture: &Fixture, request: RetryFailedBatchRequest) -> (Batch, Transcript) {
    let answer = fixture
        .connection
        .batches()
        .retry_failed_batch(request)
        .await;
    let batch = answer.unwrap().into_inner().batch.unwrap();
    let transcript = fixture.follow(&batch.name, 0).await.unwrap().to_end().await;
    (batch, transcript)
}

async fn failed_users_are_decided_again_in_their_order(fixture: Fixture) {
    let first = batch(&fixture).await;
    fixture.buy("suite", 1).await;
    let (_, transcript) = retry(&fixture, of(&first)).await;
    assert_eq!(transcript.users(), ["ghost", "u2", "u1"]);
    let indexes = transcript.results.iter().map(|result| result.request_index);
    assert!(indexes.eq([Some(1), Some(2), Some(3)]));
    let expected = [Outcome::Failed, Outcome::Assigned, Outcome::Failed];
    assert_eq!(transcript.outcome_of_each(), expected);
}

async fn the_batch_says_which_it_tries_again(fixture: Fixture) {
    let first = batch(&fixture).await;
    let request = RetryFailedBatchRequest {
        violation_types: vec![ViolationType::SeatsExhausted.into()],
        ..of(&first)
    };
    let (batch, transcript) = retry(&fixture, request.clone()).await;
    assert_eq!(transcript.users(), ["u2", "u1"]);
    assert_eq!(batch.retried_batch, first.batch());
    assert_eq!(batch.retried_violation_types, request.violation_types);
    assert_eq!(batch.selection, None);
    assert!(batch.change.is_some());
}

async fn a_batch_without_failures_is_not_tried_again(fixture: Fixture) {
    batch(&fixture).await;
    let well = fixture
        .change(swap(&["suite"], &[]), listed(fixture.users(&["u3"])))
        .await;
    let answer = fixture
        .connection
        .batches()
        .retry_failed_batch(of(&well))
        .await;
    refused(answer.map(drop))
        .is(Code::FailedPrecondition, ErrorReason::NothingToRetry)
        .with("name", &well.batch());
}

async fn the_command_line_tries_again(fixture: Fixture) {
    let first = batch(&fixture).await;
    fixture.buy("suite", 5).await;
    let id = first.batch();
    let id = id.rsplit('/').next().unwrap();
    let line = CommandLine::of(&fixture);
    let words = ["batches", "retry", id, "--customer", fixture.customer_id()];
    let ended = line.run(&words).await;
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.output.contains("USER_NOT_FOUND"), "{ended:?}");
    assert_eq!(fixture.entitlement("suite").await.assigned_count, 3);
}

on_each_database! {
    failed_users_are_decided_again_in_their_order,
    the_batch_says_which_it_tries_again,
    a_batch_without_failures_is_not_tried_again,
    the_command_line_tries_again,
}
