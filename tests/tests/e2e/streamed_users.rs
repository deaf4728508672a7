pub(crate) use seatkeeper_proto::v1::stream_batch_update_licenses_request::Content;
use seatkeeper_proto::v1::stream_batch_update_licenses_request::Header;
use seatkeeper_proto::v1::{
    BatchMode, ErrorReason, Outcome, StreamBatchUpdateLicensesRequest,
    StreamBatchUpdateLicensesResponse, UserList,
};
use seatkeeper_tests::{Fixture, Reading, Refusal, assign, on_each_database, refused};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};

pub(crate) type Messages = mpsc::Sender<StreamBatchUpdateLicensesRequest>;
pub(crate) type Answers = Reading<StreamBatchUpdateLicensesResponse>;

pub(crate) fn message(content: Content) -> StreamBatchUpdateLicensesRequest {
    StreamBatchUpdateLicensesRequest {
        content: Some(content),
    }
}

pub(crate) fn header(fixture: &Fixture) -> Header {
    Header {
        parent: fixture.customer.clone(),
        change: Some(assign(&["suite"])),
        ..Header::default()
    }
}

pub(crate) fn users(fixture: &Fixture, ids: &[&str]) -> StreamBatchUpdateLicensesRequest {
    message(Content::Users(UserList {
        names: fixture.users(ids),
    }))
}

/// Starts a call with these messages, and returns a sender for more.
pub(crate) async fn open(
    fixture: &Fixture,
    messages: Vec<StreamBatchUpdateLicensesRequest>,
) -> Result<(Messages, Answers), Status> {
    let (sender, receiver) = mpsc::channel(16);
    for message in messages {
        sender.send(message).await.unwrap();
    }
    let mut licenses = fixture.connection.licenses();
    let requests = ReceiverStream::new(receiver);
    let answer = licenses.stream_batch_update_licenses(requests).await?;
    Ok((sender, Reading::of(answer)))
}

async fn populate(fixture: &Fixture) {
    fixture.add_users(5).await;
    fixture.buy("suite", 5).await;
}

async fn results_come_while_users_are_still_sent(fixture: Fixture) {
    populate(&fixture).await;
    let first = vec![
        message(Content::Header(header(&fixture))),
        users(&fixture, &["u2", "u1"]),
    ];
    let (messages, mut answers) = open(&fixture, first).await.unwrap();
    answers.read_results(2).await.unwrap();
    assert_eq!(answers.so_far().users(), ["u2", "u1"]);
    messages.send(users(&fixture, &["u5"])).await.unwrap();
    answers.read_results(3).await.unwrap();
    assert_eq!(answers.so_far().users(), ["u2", "u1", "u5"]);
    drop(messages);
    assert_eq!(
        answers.to_end().await.outcome_of_each(),
        [Outcome::Assigned; 3]
    );
}

async fn users_named_again_in_a_later_message_count_once(fixture: Fixture) {
    populate(&fixture).await;
    let all = vec![
        message(Content::Header(header(&fixture))),
        users(&fixture, &["u1", "u2"]),
        users(&fixture, &["u2", "u3"]),
    ];
    let (messages, answers) = open(&fixture, all).await.unwrap();
    drop(messages);
    let transcript = answers.to_end().await;
    assert_eq!(transcript.users(), ["u1", "u2", "u3"]);
    let batch = transcript.finished.unwrap().batch.unwrap();
    assert_eq!((batch.user_count, batch.duplicate_count), (3, 1));
}

async fn all_or_nothing_waits_for_all_users(fixture: Fixture) {
    populate(&fixture).await;
    let header = Header {
        mode: BatchMode::AllOrNothing.into(),
        ..header(&fixture)
    };
    let all = vec![
        message(Content::Header(header)),
        users(&fixture, &["u1"]),
        users(&fixture, &["nobody"]),
    ];
    let (messages, receiver) = mpsc::channel(16);
    for message in all {
        messages.send(message).await.unwrap();
    }
    drop(messages);
    let mut licenses = fixture.connection.licenses();
    let requests = ReceiverStream::new(receiver);
    let answer = licenses.stream_batch_update_licenses(requests).await;
    let transcript = Reading::of(answer.unwrap()).to_end().await;
    assert_eq!(transcript.outcome_of_each(), [Outcome::Failed; 2]);
}

async fn users_sent_before_the_caller_vanished_are_processed(fixture: Fixture) {
    populate(&fixture).await;
    let first = vec![
        message(Content::Header(header(&fixture))),
        users(&fixture, &["u1", "u2"]),
    ];
    let (messages, mut answers) = open(&fixture, first).await.unwrap();
    answers.next().await.unwrap();
    let batch = answers.hang_up().batch();
    drop(messages);
    let transcript = fixture.follow(&batch, 0).await.unwrap().to_end().await;
    assert_eq!(transcript.users(), ["u1", "u2"]);
}

async fn a_later_message_that_is_wrong_undoes_nothing(fixture: Fixture) {
    populate(&fixture).await;
    let first = vec![
        message(Content::Header(header(&fixture))),
        users(&fixture, &["u1"]),
    ];
    let (messages, mut answers) = open(&fixture, first).await.unwrap();
    answers.read_results(1).await.unwrap();
    let wrong = message(Content::Users(UserList {
        names: vec!["ann".to_owned()],
    }));
    messages.send(wrong).await.unwrap();
    let (transcript, status) = answers.to_failure().await;
    refused(Err::<(), _>(status))
        .is(Code::InvalidArgument, ErrorReason::InvalidResourceName)
        .at("users.names[0]");
    let batch = fixture.ended_batch(&transcript.batch()).await;
    assert!(batch.user_stream_interrupted);
    assert_eq!(fixture.holdings().await, ["u1:suite"]);
}

async fn refusal(fixture: &Fixture, messages: Vec<StreamBatchUpdateLicensesRequest>) -> Refusal {
    let (sender, receiver) = mpsc::channel(16);
    for message in messages {
        sender.send(message).await.unwrap();
    }
    drop(sender);
    let mut licenses = fixture.connection.licenses();
    let requests = ReceiverStream::new(receiver);
    match licenses.stream_batch_update_licenses(requests).await {
        Err(status) => refused(Err::<(), _>(status)),
        Ok(answer) => refused(Reading::of(answer).next().await),
    }
}

async fn users_before_the_header_are_refused(fixture: Fixture) {
    populate(&fixture).await;
    let refusal = refusal(&fixture, vec![users(&fixture, &["u1"])]).await;
    refusal
        .is(Code::InvalidArgument, ErrorReason::StreamOutOfOrder)
        .with("message_index", "0");
}

async fn a_header_without_a_change_is_refused(fixture: Fixture) {
    populate(&fixture).await;
    let header = Header {
        change: Some(assign(&[])),
        ..header(&fixture)
    };
    let messages = vec![message(Content::Header(header)), users(&fixture, &["u1"])];
    let refusal = refusal(&fixture, messages).await;
    refusal.is(Code::InvalidArgument, ErrorReason::EmptyChange);
}

async fn a_stream_without_users_is_refused(fixture: Fixture) {
    populate(&fixture).await;
    let refusal = refusal(&fixture, vec![message(Content::Header(header(&fixture)))]).await;
    refusal.is(Code::InvalidArgument, ErrorReason::EmptySelection);
    assert_eq!(fixture.state().await.batches, []);
}

on_each_database! {
    results_come_while_users_are_still_sent,
    users_named_again_in_a_later_message_count_once,
    all_or_nothing_waits_for_all_users,
    users_sent_before_the_caller_vanished_are_processed,
    a_later_message_that_is_wrong_undoes_nothing,
    users_before_the_header_are_refused,
    a_header_without_a_change_is_refused,
    a_stream_without_users_is_refused,
}
