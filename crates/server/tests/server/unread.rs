//! Peers that do not read their responses, and callers that do not send their requests.

use std::time::Duration;

use bytes::Bytes;
use h2::{Reason, RecvStream};
use prost::Message as _;
use seatkeeper_proto::v1;
use seatkeeper_server::ServerConfig;
use tonic::{Code, Status};

use crate::raw::{Caller, Unended};
use crate::test_server::{CUSTOMER, TestServer, info, user, users_header};

const LIST_USERS: &str = "/seatkeeper.v1.DirectoryService/ListUsers";
const IMPORT_USERS: &str = "/seatkeeper.v1.DirectoryService/ImportUsers";
/// The number of users whose page takes a response of many parts.
const MANY: usize = 1_000;
/// The flow-control window of a peer that stops reading, in bytes.
const WINDOW: u32 = 100;

async fn server(config: ServerConfig) -> TestServer {
    let server = TestServer::with(config).await;
    server.create_customer("contoso").await;
    server.import_users((0..MANY).map(user).collect()).await;
    server
}

fn page(size: usize) -> v1::ListUsersRequest {
    v1::ListUsersRequest {
        parent: CUSTOMER.to_owned(),
        page_size: i32::try_from(size).unwrap(),
        ..v1::ListUsersRequest::default()
    }
}

/// Requests a page and reads only what fits the window.
async fn unread(server: &TestServer, size: usize) -> RecvStream {
    let caller = Caller::connect(server, WINDOW).await;
    caller.call(LIST_USERS, &page(size)).await.into_body()
}

/// Reads the rest of a response.
async fn read(mut body: RecvStream) -> Result<Vec<u8>, h2::Error> {
    let mut read = Vec::new();
    while let Some(data) = body.data().await {
        let data = data?;
        body.flow_control().release_capacity(data.len())?;
        read.extend_from_slice(&data);
    }
    Ok(read)
}

/// The error that ends a response whose peer reads nothing.
async fn end_without_reading(mut body: RecvStream) -> Option<h2::Error> {
    while let Some(data) = body.data().await {
        if let Err(error) = data {
            return Some(error);
        }
    }
    None
}

fn limit(status: &Status) -> String {
    assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
    info(status).metadata["limit"].clone()
}

fn short_timeouts() -> ServerConfig {
    ServerConfig {
        unread_response_max: Duration::from_millis(200),
        request_idle_max: Duration::from_millis(200),
        ..ServerConfig::default()
    }
}

#[tokio::test]
async fn a_stream_of_which_the_peer_takes_nothing_is_reset() {
    let server = server(short_timeouts()).await;
    let caller = Caller::connect(&server, WINDOW).await;
    let body = caller.call(LIST_USERS, &page(MANY)).await.into_body();
    let error = end_without_reading(body).await.unwrap();
    assert_eq!(error.reason(), Some(Reason::CANCEL), "{error}");
    // The connection stays open.
    caller.call(LIST_USERS, &page(1)).await;
}

#[tokio::test]
async fn a_connection_is_closed_whose_peer_does_not_take_the_end_of_an_answer() {
    let server = server(short_timeouts()).await;
    let body = unread(&server, 10).await;
    let error = end_without_reading(body).await.unwrap();
    assert!(error.is_io() || error.is_go_away(), "{error}");
}

#[tokio::test]
async fn a_call_keeps_its_permit_until_its_response_is_read() {
    let config = ServerConfig {
        concurrent_calls_max: 1,
        ..ServerConfig::default()
    };
    let server = server(config).await;
    let body = unread(&server, MANY).await;
    let refused = server.directory().list_users(page(1)).await.unwrap_err();
    assert_eq!(limit(&refused), "concurrent_calls");
    let read = read(body).await.unwrap();
    let page = v1::ListUsersResponse::decode(&read[5..]).unwrap();
    assert_eq!(page.users.len(), MANY);
    answers_again(&server).await;
}

#[tokio::test]
async fn one_caller_may_leave_so_many_bytes_unread_and_no_more() {
    let config = ServerConfig {
        response_bytes_max: 1024 * 1024,
        response_bytes_per_caller_max: Some(100_000),
        ..ServerConfig::default()
    };
    let server = server(config).await;
    let body = unread(&server, MANY / 2).await;
    let refused = server.directory().list_users(page(MANY)).await;
    assert_eq!(limit(&refused.unwrap_err()), "response_bytes_per_caller");
    read(body).await.unwrap();
    answers_again(&server).await;
}

/// Waits until responses are accepted again: the transport releases a response's bytes shortly
/// after the peer has read them.
async fn answers_again(server: &TestServer) {
    let answered = async {
        while server.directory().list_users(page(MANY / 2)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let answered = tokio::time::timeout(Duration::from_secs(20), answered).await;
    answered.expect("the response bytes are released");
}

#[tokio::test]
async fn a_stream_of_requests_that_stays_silent_is_ended() {
    let server = server(short_timeouts()).await;
    let header = users_header(v1::import_users_request::Mode::Upsert);
    let mut silent = Unended::begin(&server, IMPORT_USERS, &[header]).await;
    let status = Status::from_header_map(silent.answered().await.headers()).unwrap();
    assert_eq!(limit(&status), "request_idle_time");
}

#[tokio::test]
async fn a_call_without_a_body_is_ended() {
    let server = server(short_timeouts()).await;
    let mut silent = Unended::begin::<v1::ListUsersRequest>(&server, LIST_USERS, &[]).await;
    let status = Status::from_header_map(silent.answered().await.headers()).unwrap();
    assert_eq!(limit(&status), "request_idle_time");
}

#[tokio::test]
async fn half_a_message_does_not_keep_a_call() {
    let server = server(short_timeouts()).await;
    let mut half = Unended::begin::<v1::ListUsersRequest>(&server, LIST_USERS, &[]).await;
    half.send(Bytes::from_static(&[0, 0, 0, 1, 0, 10]));
    let status = Status::from_header_map(half.answered().await.headers()).unwrap();
    assert_eq!(limit(&status), "request_idle_time");
}
