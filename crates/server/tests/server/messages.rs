//! The sizes of requests and responses.

use seatkeeper_proto::v1::{self, import_users_request::Mode, user_selector::Kind};
use seatkeeper_server::ServerConfig;
use tonic::Code;
use tonic::codec::CompressionEncoding;
use tonic_types::StatusExt as _;

use crate::test_server::{
    CUSTOMER, TestServer, batch, info, reason, selection, stream, user_name, users_header,
    users_message,
};

/// The default limit of a message that clients accept.
const CLIENT_BYTES_MAX: usize = 4 * 1024 * 1024;

fn listed(names: Vec<String>) -> v1::BatchUpdateLicensesRequest {
    v1::BatchUpdateLicensesRequest {
        selection: selection(Kind::Users(v1::UserList { names })),
        ..batch()
    }
}

#[tokio::test]
async fn a_list_that_is_too_long_is_counted_and_refused() {
    let server = TestServer::empty().await;
    let mut client = server.licenses().send_compressed(CompressionEncoding::Gzip);
    // Each name takes two bytes, which compress to almost nothing.
    let request = listed(vec![String::new(); 1_000_000]);
    let answer = client.batch_update_licenses(request).await;
    let status = answer.map(|_| ()).unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(reason(&status), "LIST_TOO_LONG");
    let metadata = info(&status).metadata;
    assert_eq!(metadata["field"], "selection.users.names");
    assert_eq!(metadata["given"], "1000000");
    assert_eq!(metadata["maximum"], "100000");
}

#[tokio::test]
async fn a_list_in_a_stream_is_counted_too() {
    let server = TestServer::new().await;
    let messages = vec![
        users_header(Mode::Upsert),
        users_message(vec![v1::User::default(); 10_001]),
    ];
    let answer = server.directory().import_users(stream(messages)).await;
    let status = answer.unwrap_err();
    assert_eq!(reason(&status), "LIST_TOO_LONG");
    assert_eq!(info(&status).metadata["field"], "users.users");
}

#[tokio::test]
async fn the_longest_list_is_taken() {
    let server = TestServer::with_users(1, 1).await;
    let mut request = listed(vec![user_name("u1"); 100_000]);
    request.validate_only = true;
    let answer = server.licenses().batch_update_licenses(request).await;
    let mut events = answer.unwrap().into_inner();
    let mut results = 0;
    while let Some(message) = events.message().await.unwrap() {
        if let Some(v1::batch_event::Event::Results(received)) = message.event.unwrap().event {
            results += received.results.len();
        }
    }
    assert_eq!(results, 1);
}

#[tokio::test]
async fn a_name_of_a_mebibyte_is_refused_in_headers_that_clients_take() {
    let server = TestServer::empty().await;
    let request = v1::GetUserRequest {
        name: "é".repeat(512 * 1024),
    };
    let status = server.directory().get_user(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(reason(&status), "INVALID_RESOURCE_NAME");
    assert!(status.message().len() < 1_000 && status.details().len() < 3_072);
}

#[tokio::test]
async fn more_memory_than_there_is_for_requests_is_refused_with_when_to_come_back() {
    let config = ServerConfig {
        request_bytes_max: 200_000,
        request_bytes_per_caller_max: Some(100_000),
        ..ServerConfig::default()
    };
    let server = TestServer::with(config).await;
    let request = listed((0..10_000).map(|it| user_name(&format!("u{it}"))).collect());
    let answer = server.licenses().batch_update_licenses(request).await;
    let status = answer.map(|_| ()).unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    let details = status.get_error_details();
    assert!(details.quota_failure().is_some() && details.retry_info().is_some());
    assert_eq!(info(&status).metadata["limit"], "request_bytes_per_caller");
    // A rejected message holds no memory afterwards.
    server.create_customer("contoso").await;
}

fn wide_user(number: usize) -> v1::User {
    let text = "ü".repeat(256);
    v1::User {
        name: user_name(&format!("u{number:04}")),
        sign_in_name: "𝄞".repeat(256),
        display_name: "𝄞".repeat(256),
        department: "𝄞".repeat(256),
        job_title: text,
        usage_location: "CH".to_owned(),
        ..v1::User::default()
    }
}

async fn wide_users(server: &TestServer, count: usize) {
    for first in (0..count).step_by(500) {
        let users = (first..count.min(first + 500)).map(wide_user).collect();
        server.import_users(users).await;
    }
}

#[tokio::test]
async fn pages_of_users_end_by_bytes_in_both_directions() {
    let server = TestServer::new().await;
    wide_users(&server, 1_000).await;
    for backwards in [false, true] {
        let mut directory = server
            .directory()
            .max_decoding_message_size(CLIENT_BYTES_MAX);
        let mut request = v1::ListUsersRequest {
            parent: CUSTOMER.to_owned(),
            page_size: 1_000,
            ..v1::ListUsersRequest::default()
        };
        if backwards {
            let first = directory.list_users(request.clone()).await.unwrap();
            request.page_token = first.into_inner().last_page_token;
        }
        let mut names = Vec::new();
        loop {
            let page = directory.list_users(request.clone()).await.unwrap();
            let page = page.into_inner();
            assert!(page.users.len() < 1_000);
            let token = if backwards {
                names.splice(0..0, page.users.into_iter().map(|user| user.name));
                page.previous_page_token
            } else {
                names.extend(page.users.into_iter().map(|user| user.name));
                page.next_page_token
            };
            if token.is_empty() {
                break;
            }
            request.page_token = token;
        }
        let expected: Vec<_> = (0..1_000).map(|number| wide_user(number).name).collect();
        assert_eq!(names, expected);
    }
}

#[tokio::test]
async fn failures_of_an_import_end_by_bytes() {
    let server = TestServer::new().await;
    let wrong = |number: usize| v1::User {
        name: format!("{number}{}", "ü".repeat(200)),
        sign_in_name: String::new(),
        display_name: "x".repeat(300),
        department: "x".repeat(300),
        job_title: "x".repeat(300),
        usage_location: "nowhere".to_owned(),
        ..v1::User::default()
    };
    let mut messages = vec![users_header(Mode::Upsert)];
    messages.push(users_message((0..2_000).map(wrong).collect()));
    let answer = server.directory().import_users(stream(messages)).await;
    let answer = answer.unwrap().into_inner();
    assert_eq!(answer.failed_count, 2_000);
    assert!(!answer.failures.is_empty() && answer.failures.len() <= 1_000);
    assert!(
        answer
            .failures
            .iter()
            .all(|failure| failure.user.len() <= 300)
    );
}
