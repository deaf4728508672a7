//! Invalid requests with very long texts and many errors.

use bytes::Bytes;
use seatkeeper_proto::v1::{
    BatchUpdateLicensesRequest, CheckProductEligibilityRequest, CreateUserRequest, GetBatchRequest,
    GetUserRequest, ListUsersRequest, UpdateUserLicensesRequest, User,
};
use seatkeeper_tests::{Database, Fixture, assign, everyone, listed, on_each_database};
use tonic::Code;

use crate::bystander::Bystander;
use crate::raw::{Answer, CLIENT, Raw};
use crate::test_server::TestServer;
use crate::wire::framed;

/// Length of a text that exceeds every limit.
const TEXT_LENGTH: usize = 1024 * 1024;
/// Number of invalid users; more than a status lists.
const WRONG_USERS: usize = 40;
/// Bound of a status: its message and its details.
const STATUS_BYTES_MAX: usize = 4 * 1024;
/// The maximum size of headers in grpc-java, counted as HTTP/2 counts them.
const HEADERS_BYTES_MAX: usize = 8 * 1024;
/// The overhead that HTTP/2 counts for each header in addition to its name and value.
const HEADER_OVERHEAD_BYTES: usize = 32;

/// Requests with an oversized text in each of many fields.
#[expect(
    clippy::too_many_lines,
    reason = "a table, with a few lines for each row"
)]
fn long_requests(fixture: &Fixture) -> Vec<(&'static str, Bytes)> {
    let text = || "x".repeat(TEXT_LENGTH);
    let long = || format!("customers/{}", text());
    let parent = || fixture.customer.clone();
    let users = |length: usize| {
        let names =
            (0..WRONG_USERS).map(move |number| format!("users/{number}/{}", "y".repeat(length)));
        fixture.request(assign(&["suite"]), listed(names))
    };
    let get = GetUserRequest { name: long() };
    let batch = GetBatchRequest { name: long() };
    let list = ListUsersRequest {
        parent: long(),
        ..ListUsersRequest::default()
    };
    let filter = ListUsersRequest {
        parent: parent(),
        filter: text(),
        ..ListUsersRequest::default()
    };
    let order = ListUsersRequest {
        parent: parent(),
        order_by: text(),
        ..ListUsersRequest::default()
    };
    let token = ListUsersRequest {
        parent: parent(),
        page_token: text(),
        ..ListUsersRequest::default()
    };
    let user = CreateUserRequest {
        parent: parent(),
        user_id: text(),
        user: Some(User {
            sign_in_name: text(),
            usage_location: text(),
            ..User::default()
        }),
    };
    let change = UpdateUserLicensesRequest {
        name: fixture.user("u1"),
        change: Some(assign(&[&text()])),
        request_id: text(),
        ..UpdateUserLicensesRequest::default()
    };
    let products = (0..20).map(|number| format!("no-product-{number}-{}", "z".repeat(50)));
    let products = products.collect::<Vec<_>>();
    let products = products.iter().map(String::as_str).collect::<Vec<_>>();
    let unknown: BatchUpdateLicensesRequest = fixture.request(assign(&products), everyone());
    let eligibility = CheckProductEligibilityRequest {
        name: fixture.user("u1"),
        products: vec![text()],
        ..CheckProductEligibilityRequest::default()
    };
    vec![
        ("/seatkeeper.v1.DirectoryService/GetUser", framed(&get)),
        ("/seatkeeper.v1.BatchService/GetBatch", framed(&batch)),
        ("/seatkeeper.v1.DirectoryService/ListUsers", framed(&list)),
        ("/seatkeeper.v1.DirectoryService/ListUsers", framed(&filter)),
        ("/seatkeeper.v1.DirectoryService/ListUsers", framed(&order)),
        ("/seatkeeper.v1.DirectoryService/ListUsers", framed(&token)),
        ("/seatkeeper.v1.DirectoryService/CreateUser", framed(&user)),
        (
            "/seatkeeper.v1.LicenseService/UpdateUserLicenses",
            framed(&change),
        ),
        (
            "/seatkeeper.v1.LicenseService/CheckProductEligibility",
            framed(&eligibility),
        ),
        (
            "/seatkeeper.v1.LicenseService/BatchUpdateLicenses",
            framed(&unknown),
        ),
        (
            "/seatkeeper.v1.LicenseService/BatchUpdateLicenses",
            framed(&users(100)),
        ),
        (
            "/seatkeeper.v1.LicenseService/BatchUpdateLicenses",
            framed(&users(100_000)),
        ),
    ]
}

/// Checks that a rejection is small.
fn assert_small(path: &str, answer: &Answer) {
    let status = answer.status();
    let refused = [
        Code::InvalidArgument,
        Code::NotFound,
        Code::ResourceExhausted,
    ];
    assert!(
        refused.contains(&status.code()),
        "{path}: {:?}",
        status.code()
    );
    let bytes = status.message().len() + status.details().len();
    assert!(
        bytes <= STATUS_BYTES_MAX,
        "{path}: a status of {bytes} bytes"
    );
    assert!(!status.details().is_empty(), "{path}: no details");
    let headers = answer.headers.iter();
    let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        name.as_str().len() + value.len() + HEADER_OVERHEAD_BYTES
    };
    let bytes = headers.map(header).sum::<usize>();
    assert!(
        bytes <= HEADERS_BYTES_MAX,
        "{path}: headers of {bytes} bytes"
    );
}

async fn a_status_stays_small_however_long_what_is_wrong_is(database: Database) {
    let test_server = TestServer::start_light(database, &[]).await;
    let bystander = Bystander::beside(&test_server).await;
    let mut raw = Raw::open(&test_server.fixture.url, CLIENT).await;
    for (path, request) in long_requests(&test_server.fixture) {
        let answer = raw.answer(path, request).await.unwrap();
        assert_small(path, &answer);
    }
    bystander.assert_unharmed_on(&test_server).await;
    test_server.finish();
}

on_each_database! {
    a_status_stays_small_however_long_what_is_wrong_is,
}
