use seatkeeper_proto::v1::{ErrorReason, StreamBatchResultsRequest};
use seatkeeper_tests::{Scene, Transcript, assign, everyone, on_each_database, refused};
use tonic::Code;

/// A batch of seven users, of whom five get a seat.
async fn batch(scene: &Scene) -> Transcript {
    scene.add_users(7).await;
    scene.buy("suite", 5).await;
    scene.change(assign(&["suite"]), everyone()).await
}

async fn a_batch_is_replayed_exactly_as_it_was_streamed(scene: Scene) {
    let told = batch(&scene).await;
    let again = scene.follow(&told.batch(), 0).await.unwrap().to_end().await;
    assert_eq!(again.results, told.results);
    assert_eq!(again.finished, told.finished);
}

async fn a_stream_goes_on_from_any_point(scene: Scene) {
    let told = batch(&scene).await;
    for after in 0..=7 {
        let rest = scene
            .follow(&told.batch(), after)
            .await
            .unwrap()
            .to_end()
            .await;
        assert_eq!(
            rest.results,
            told.results[usize::try_from(after).unwrap()..]
        );
    }
}

async fn a_point_that_does_not_exist_is_refused(scene: Scene) {
    let told = batch(&scene).await;
    let request = StreamBatchResultsRequest {
        name: told.batch(),
        after_sequence_number: 8,
        ..StreamBatchResultsRequest::default()
    };
    let mut batches = scene.connection.batches();
    let refusal = match batches.stream_batch_results(request).await {
        Err(status) => refused(Err::<(), _>(status)),
        Ok(mut answer) => refused(answer.get_mut().message().await),
    };
    refusal
        .is(Code::OutOfRange, ErrorReason::ResumePointUnknown)
        .with("given", "8")
        .with("maximum", "7");
}

async fn a_batch_that_runs_is_followed_by_several_readers(scene: Scene) {
    scene.add_users(12_000).await;
    scene.buy("suite", 12_000).await;
    let request = scene.request(assign(&["suite"]), everyone());
    let mut first = scene.start(request).await.unwrap();
    first.next().await.unwrap();
    let batch = first.so_far().batch();
    let second = scene.follow(&batch, 0).await.unwrap();
    let third = scene.follow(&batch, 0).await.unwrap();
    let (first, second, third) = tokio::join!(first.to_end(), second.to_end(), third.to_end());
    assert!(first.results == second.results && second.results == third.results);
}

on_each_database! {
    a_batch_is_replayed_exactly_as_it_was_streamed,
    a_stream_goes_on_from_any_point,
    a_point_that_does_not_exist_is_refused,
    a_batch_that_runs_is_followed_by_several_readers,
}
