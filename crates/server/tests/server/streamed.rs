use std::time::Duration;

use futures::StreamExt as _;
use seatkeeper_proto::v1::license_service_client::LicenseServiceClient;
use seatkeeper_proto::v1::stream_batch_update_licenses_request::{Content, Header};
use seatkeeper_proto::v1::{self, batch_event::Event};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming};

use crate::raw::Unended;
use crate::test_server::{
    CHUNK, CUSTOMER, SUITE, TestServer, assign, fields, finished, reason, results, stream,
    user_name,
};

type Message = v1::StreamBatchUpdateLicensesRequest;

fn header() -> Header {
    Header {
        parent: CUSTOMER.to_owned(),
        change: Some(assign(&[SUITE])),
        ..Header::default()
    }
}

fn header_message(header: Header) -> Message {
    Message {
        content: Some(Content::Header(header)),
    }
}

fn users(numbers: std::ops::RangeInclusive<usize>) -> Message {
    let names = numbers
        .map(|number| user_name(&format!("u{number}")))
        .collect();
    Message {
        content: Some(Content::Users(v1::UserList { names })),
    }
}

async fn open(
    server: &TestServer,
    messages: Vec<Message>,
) -> Streaming<v1::StreamBatchUpdateLicensesResponse> {
    let response = server
        .licenses()
        .stream_batch_update_licenses(stream(messages))
        .await;
    response.unwrap().into_inner()
}

async fn read(
    stream: &mut Streaming<v1::StreamBatchUpdateLicensesResponse>,
) -> Result<Vec<v1::BatchEvent>, Status> {
    let mut events = Vec::new();
    while let Some(message) = stream.message().await? {
        events.push(message.event.unwrap());
    }
    Ok(events)
}

async fn refused(server: &TestServer, messages: Vec<Message>) -> Status {
    read(&mut open(server, messages).await).await.unwrap_err()
}

#[tokio::test]
async fn users_streamed_in_get_their_results_in_order() {
    let server = TestServer::with_users(3 * CHUNK, 100).await;
    let messages = vec![header_message(header()), users(1..=5), users(4..=12)];
    let events = read(&mut open(&server, messages).await).await.unwrap();
    let received: Vec<_> = results(&events)
        .into_iter()
        .map(|result| result.user)
        .collect();
    let expected: Vec<_> = (1..=12)
        .map(|number| user_name(&format!("u{number}")))
        .collect();
    assert_eq!(received, expected);
    let batch = finished(&events);
    assert_eq!(
        (
            batch.streamed,
            batch.duplicate_count,
            batch.user_stream_interrupted
        ),
        (true, 2, false)
    );
}

#[tokio::test]
async fn results_stream_out_while_users_stream_in() {
    let server = TestServer::with_users(3, 100).await;
    let (send, messages) = mpsc::channel(8);
    send.send(header_message(header())).await.unwrap();
    let request = ReceiverStream::new(messages);
    let response = server
        .licenses()
        .stream_batch_update_licenses(request)
        .await;
    let mut stream = response.unwrap().into_inner();
    for number in 1..=3 {
        send.send(users(number..=number)).await.unwrap();
        let received = next_results(&mut stream).await;
        assert_eq!(received, [user_name(&format!("u{number}"))]);
    }
    drop(send);
    assert_eq!(finished(&read(&mut stream).await.unwrap()).user_count, 3);
}

async fn next_results(
    stream: &mut Streaming<v1::StreamBatchUpdateLicensesResponse>,
) -> Vec<String> {
    loop {
        let event = stream.message().await.unwrap().unwrap().event.unwrap();
        if let Some(Event::Results(received)) = event.event {
            return received
                .results
                .into_iter()
                .map(|result| result.user)
                .collect();
        }
    }
}

#[tokio::test]
async fn a_caller_who_breaks_off_leaves_a_batch_that_was_interrupted() {
    let server = TestServer::with_users(5, 100).await;
    let messages = [header_message(header()), users(1..=2)];
    let path = "/seatkeeper.v1.LicenseService/StreamBatchUpdateLicenses";
    let mut unended = Unended::begin(&server, path, &messages).await;
    let mut answer = unended.answered().await.into_body();
    // The first event shows that the batch has started.
    answer.data().await.unwrap().unwrap();
    unended.cancel();
    let batch = ended(&server).await;
    assert_eq!(
        (batch.user_stream_interrupted, batch.processed_count),
        (true, 2)
    );
}

#[tokio::test]
async fn a_caller_who_dies_leaves_a_batch_that_was_interrupted() {
    let server = TestServer::with_users(5, 100).await;
    let address = server.address;
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.spawn(async move {
        let url = format!("http://{address}");
        let mut client = LicenseServiceClient::connect(url).await.unwrap();
        let messages = stream(vec![header_message(header()), users(1..=2)]);
        let endless = messages.chain(futures::stream::pending());
        let response = client.stream_batch_update_licenses(endless).await;
        let mut events = response.unwrap().into_inner();
        events.message().await.unwrap();
        begun.send(()).unwrap();
        std::future::pending::<()>().await;
    });
    has_begun.await.unwrap();
    runtime.shutdown_background();
    let batch = ended(&server).await;
    assert_eq!(
        (batch.user_stream_interrupted, batch.processed_count),
        (true, 2)
    );
}

/// Waits until the customer's only batch has ended, and returns it.
async fn ended(server: &TestServer) -> v1::Batch {
    let request = v1::ListBatchesRequest {
        parent: CUSTOMER.to_owned(),
        ..v1::ListBatchesRequest::default()
    };
    for _ in 0..500 {
        let response = server
            .batches()
            .list_batches(request.clone())
            .await
            .unwrap();
        let batch = response.into_inner().batches.remove(0);
        if batch.end_time.is_some() {
            return batch;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the batch did not end");
}

#[tokio::test]
async fn a_batch_that_needs_all_users_first_begins_when_they_are_there() {
    let server = TestServer::with_users(3 * CHUNK, 100).await;
    let header = Header {
        mode: v1::BatchMode::AllOrNothing.into(),
        shortage_policy: v1::ShortagePolicy::RequireAll.into(),
        ..header()
    };
    let messages = vec![header_message(header), users(1..=6), users(7..=12)];
    let events = read(&mut open(&server, messages).await).await.unwrap();
    assert_eq!(finished(&events).summary.unwrap().succeeded_user_count, 12);
}

#[tokio::test]
async fn requiring_seats_that_are_missing_is_refused_when_all_users_are_there() {
    let server = TestServer::with_users(3, 2).await;
    let policy = v1::ShortagePolicy::RequireAll.into();
    let messages = vec![
        header_message(Header {
            shortage_policy: policy,
            ..header()
        }),
        users(1..=3),
    ];
    assert_eq!(reason(&refused(&server, messages).await), "SEATS_SHORT");
}

#[tokio::test]
async fn the_header_comes_first_and_once() {
    let server = TestServer::with_users(1, 1).await;
    let orders = [
        vec![users(1..=1)],
        vec![],
        vec![header_message(header()), header_message(header())],
        vec![header_message(header()), Message { content: None }],
    ];
    for messages in orders {
        let status = refused(&server, messages).await;
        assert_eq!(
            (status.code(), &*reason(&status)),
            (Code::InvalidArgument, "STREAM_OUT_OF_ORDER")
        );
    }
}

#[tokio::test]
async fn a_wrong_header_names_its_fields() {
    let server = TestServer::with_users(1, 1).await;
    let header = Header {
        parent: "contoso".to_owned(),
        mode: 17,
        ..Header::default()
    };
    let status = refused(&server, vec![header_message(header)]).await;
    assert_eq!(fields(&status), ["header.parent", "header.mode"]);
}

#[tokio::test]
async fn a_stream_without_users_selects_no_user() {
    let server = TestServer::with_users(1, 1).await;
    let status = refused(&server, vec![header_message(header())]).await;
    assert_eq!(reason(&status), "EMPTY_SELECTION");
}

#[tokio::test]
async fn a_wrong_user_ends_the_stream_and_leaves_those_before() {
    let server = TestServer::with_users(2, 2).await;
    let wrong = v1::UserList {
        names: vec!["customers/other/users/u1".to_owned()],
    };
    let wrong = Message {
        content: Some(Content::Users(wrong)),
    };
    let messages = vec![header_message(header()), users(1..=2), wrong];
    let status = refused(&server, messages).await;
    assert_eq!(reason(&status), "INVALID_RESOURCE_NAME");
    assert_eq!(ended(&server).await.processed_count, 2);
}
