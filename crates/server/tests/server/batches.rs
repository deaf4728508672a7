use seatkeeper_proto::v1;
use tonic::Code;

use crate::test_server::{
    CHUNK, CUSTOMER, SUITE, TestServer, assign, batch, finished, info, length, reason, results,
    user_name,
};

async fn finished_batch(users: usize, seats: i64) -> (TestServer, v1::Batch, Vec<v1::UserResult>) {
    let server = TestServer::with_users(users, seats).await;
    let events = server.run(batch()).await;
    let (batch, received) = (finished(&events), results(&events));
    (server, batch, received)
}

async fn replay(server: &TestServer, name: &str, after: i64) -> Vec<v1::BatchEvent> {
    let request = v1::StreamBatchResultsRequest {
        name: name.to_owned(),
        after_sequence_number: after,
        max_results_per_message: 0,
    };
    let mut stream = server
        .batches()
        .stream_batch_results(request)
        .await
        .unwrap()
        .into_inner();
    let mut events = Vec::new();
    while let Some(message) = stream.message().await.unwrap() {
        events.push(message.event.unwrap());
    }
    events
}

#[tokio::test]
async fn a_replay_from_any_point_gives_exactly_what_was_streamed() {
    let (server, batch, received) = finished_batch(2 * CHUNK + 1, 100).await;
    for after in 0..=received.len() {
        let events = replay(&server, &batch.name, length(after)).await;
        assert_eq!(results(&events), received[after..], "after {after}");
        assert_eq!(finished(&events), batch);
    }
}

#[tokio::test]
async fn a_resume_point_that_never_was_is_refused() {
    let (server, batch, received) = finished_batch(2, 2).await;
    let request = v1::StreamBatchResultsRequest {
        name: batch.name,
        after_sequence_number: length(received.len()) + 1,
        ..v1::StreamBatchResultsRequest::default()
    };
    let status = server
        .batches()
        .stream_batch_results(request)
        .await
        .map(|_| ())
        .unwrap_err();
    assert_eq!(status.code(), Code::OutOfRange);
    assert_eq!(reason(&status), "RESUME_POINT_UNKNOWN");
    assert_eq!(info(&status).metadata["maximum"], "2");
}

#[tokio::test]
async fn a_batch_says_what_was_asked_and_by_whom() {
    let (server, batch, _) = finished_batch(1, 1).await;
    let request = v1::GetBatchRequest {
        name: batch.name.clone(),
    };
    let read = server
        .batches()
        .get_batch(request)
        .await
        .unwrap()
        .into_inner()
        .batch
        .unwrap();
    assert_eq!(read, batch);
    assert_eq!(read.change, Some(assign(&[SUITE]).normalized()));
    assert_eq!(read.principal, "local");
    assert_eq!(read.mode(), v1::BatchMode::PerUser);
}

/// Sets the defaults that the server adds to a change.
trait Normalized {
    fn normalized(self) -> Self;
}

impl Normalized for v1::Change {
    fn normalized(mut self) -> Self {
        for assignment in &mut self.assign {
            assignment.plan_policy = v1::PlanPolicy::Replace.into();
        }
        self
    }
}

#[tokio::test]
async fn batches_are_listed_newest_first_page_by_page() {
    let (server, first, _) = finished_batch(1, 1).await;
    let second = finished(&server.run(batch()).await);
    let mut request = v1::ListBatchesRequest {
        parent: CUSTOMER.to_owned(),
        page_size: 1,
        ..v1::ListBatchesRequest::default()
    };
    let newest = server
        .batches()
        .list_batches(request.clone())
        .await
        .unwrap()
        .into_inner();
    request.page_token = newest.next_page_token.clone();
    let oldest = server
        .batches()
        .list_batches(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (newest.batches, oldest.batches),
        (vec![second], vec![first])
    );
    assert_eq!(
        (oldest.total_size, oldest.next_page_token.as_str()),
        (2, "")
    );
}

#[tokio::test]
async fn the_confirmation_is_paged_and_filtered() {
    let (server, batch, received) = finished_batch(2 * CHUNK, 3).await;
    let mut request = v1::ListBatchResultsRequest {
        name: batch.name,
        page_size: 3,
        failed_only: true,
        ..v1::ListBatchResultsRequest::default()
    };
    let mut pages = Vec::new();
    loop {
        let response = server.batches().list_batch_results(request.clone()).await;
        let page = response.unwrap().into_inner();
        pages.extend(page.results);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(pages, received[3..]);
}

#[tokio::test]
async fn a_page_of_the_confirmation_can_be_limited_to_one_product() {
    let server = TestServer::with_users(1, 1).await;
    server.buy("addon", 1).await;
    let change = Some(assign(&["products/addon", SUITE]));
    let events = server
        .run(v1::BatchUpdateLicensesRequest { change, ..batch() })
        .await;
    let request = v1::ListBatchResultsRequest {
        name: finished(&events).name,
        product: SUITE.to_owned(),
        ..v1::ListBatchResultsRequest::default()
    };
    let page = server
        .batches()
        .list_batch_results(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(page.results[0].user, user_name("u1"));
    let products: Vec<_> = page.results[0]
        .license_results
        .iter()
        .map(|result| result.product.as_str())
        .collect();
    assert_eq!(products, [SUITE]);
}

#[tokio::test]
async fn a_batch_that_has_ended_is_not_cancelled() {
    let (server, batch, _) = finished_batch(1, 1).await;
    let request = v1::CancelBatchRequest {
        name: batch.name.clone(),
    };
    let status = server.batches().cancel_batch(request).await.unwrap_err();
    assert_eq!(reason(&status), "BATCH_FINISHED");
    let metadata = info(&status).metadata;
    assert_eq!(
        (metadata["name"].as_str(), metadata["state"].as_str()),
        (&*batch.name, "SUCCEEDED")
    );
}

#[tokio::test]
async fn an_unknown_batch_is_not_found() {
    let server = TestServer::new().await;
    let request = v1::GetBatchRequest {
        name: format!("{CUSTOMER}/batches/ghost"),
    };
    let status = server.batches().get_batch(request).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(reason(&status), "BATCH_NOT_FOUND");
}
