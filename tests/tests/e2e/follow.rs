use seatkeeper_proto::v1::{ErrorReason, StreamBatchResultsRequest};
use seatkeeper_tests::{Fixture, Transcript, assign, everyone, on_each_database, refused};
use tonic::Code;

/// Runs a batch of seven users for five seats.
async fn batch(fixture: &Fixture) -> Transcript {
    fixture.add_users(7).await;
    fixture.buy("suite", 5).await;
    fixture.change(assign(&["suite"]), everyone()).await
}

async fn a_batch_is_replayed_exactly_as_it_was_streamed(fixture: Fixture) {
    let transcript = batch(&fixture).await;
    let again = fixture
        .follow(&transcript.batch(), 0)
        .await
        .unwrap()
        .to_end()
        .await;
    assert_eq!(again.results, transcript.results);
    assert_eq!(again.finished, transcript.finished);
}

async fn a_stream_goes_on_from_any_point(fixture: Fixture) {
    let transcript = batch(&fixture).await;
    for after in 0..=7 {
        let rest = fixture
            .follow(&transcript.batch(), after)
            .await
            .unwrap()
            .to_end()
            .await;
        assert_eq!(
            rest.results,
            transcript.results[usize::try_from(after).unwrap()..]
        );
    }
}

async fn a_point_that_does_not_exist_is_refused(fixture: Fixture) {
    let transcript = batch(&fixture).await;
    let request = StreamBatchResultsRequest {
        name: transcript.batch(),
        after_sequence_number: 8,
        ..StreamBatchResultsRequest::default()
    };
    let mut batches = fixture.connection.batches();
    let refusal = match batches.stream_batch_results(request).await {
        Err(status) => refused(Err::<(), _>(status)),
        Ok(mut answer) => refused(answer.get_mut().message().await),
    };
    refusal
        .is(Code::OutOfRange, ErrorReason::ResumePointUnknown)
        .with("given", "8")
        .with("maximum", "7");
}

async fn a_batch_that_runs_is_followed_by_several_readers(fixture: Fixture) {
    fixture.add_users(12_000).await;
    fixture.buy("suite", 12_000).await;
    let request = fixture.request(assign(&["suite"]), everyone());
    let mut first = fixture.start(request).await.unwrap();
    first.next().await.unwrap();
    let batch = first.so_far().batch();
    let second = fixture.follow(&batch, 0).await.unwrap();
    let third = fixture.follow(&batch, 0).await.unwrap();
    let (first, second, third) = tokio::join!(first.to_end(), second.to_end(), third.to_end());
    assert!(first.results == second.results && second.results == third.results);
}

on_each_database! {
    a_batch_is_replayed_exactly_as_it_was_streamed,
    a_stream_goes_on_from_any_point,
    a_point_that_does_not_exist_is_refused,
    a_batch_that_runs_is_followed_by_several_readers,
}
