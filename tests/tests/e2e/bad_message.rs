use seatkeeper_proto::v1::import_users_request::{Content, Header, UserBatch};
use seatkeeper_proto::v1::{
    CreateCustomerRequest, Customer, ErrorReason, ImportUsersRequest, User,
};
use seatkeeper_tests::{Fixture, Refusal, assign, listed, on_each_database, refused};
use tonic::Code;

const BYTES_MAX: &str = "16777216";
/// The limit that the error names: callers of imports send several messages instead.
const IMPORT_BYTES_MAX: &str = "4194304";
/// Enough names to exceed the size of one message.
const USERS: usize = 450_000;

fn too_large(refusal: &Refusal, alternative: &str) {
    refusal
        .is(Code::InvalidArgument, ErrorReason::MessageTooLarge)
        .with("maximum_bytes", BYTES_MAX)
        .with("alternative", alternative);
    assert!(refusal.message.contains(BYTES_MAX), "{refusal:?}");
    assert!(refusal.message.contains(alternative), "{refusal:?}");
}

async fn a_too_long_list_of_users_is_refused_with_a_hint_to_stream(fixture: Fixture) {
    let names = (0..USERS).map(|number| fixture.user(&format!("user-{number:09}")));
    let request = fixture.request(assign(&["suite"]), listed(names));
    too_large(&fixture.refusal(request).await, "StreamBatchUpdateLicenses");
}

async fn a_too_large_import_of_users_is_refused_with_a_hint_to_split(fixture: Fixture) {
    let person = User {
        display_name: "x".repeat(17 * 1024 * 1024),
        ..fixture.person("u1", "CH")
    };
    let contents = [
        Content::Header(Header {
            parent: fixture.customer.clone(),
            ..Header::default()
        }),
        Content::Users(UserBatch {
            users: vec![person],
        }),
    ];
    let messages = contents.map(|content| ImportUsersRequest {
        content: Some(content),
    });
    let messages = tokio_stream::iter(messages);
    let answer = fixture.connection.directory().import_users(messages).await;
    let refusal = refused(answer);
    refusal
        .is(Code::InvalidArgument, ErrorReason::MessageTooLarge)
        .with("maximum_bytes", IMPORT_BYTES_MAX);
}

async fn an_import_of_too_many_users_at_once_is_refused(fixture: Fixture) {
    let users = (0..10_001).map(|number| fixture.person(&number.to_string(), "CH"));
    let contents = [
        Content::Header(Header {
            parent: fixture.customer.clone(),
            ..Header::default()
        }),
        Content::Users(UserBatch {
            users: users.collect(),
        }),
    ];
    let messages = contents.map(|content| ImportUsersRequest {
        content: Some(content),
    });
    let messages = tokio_stream::iter(messages);
    let answer = fixture.connection.directory().import_users(messages).await;
    refused(answer)
        .is(Code::InvalidArgument, ErrorReason::ListTooLong)
        .with("given", "10001")
        .with("maximum", "10000");
}

async fn a_name_that_is_too_long_is_refused(fixture: Fixture) {
    let request = CreateCustomerRequest {
        customer_id: String::new(),
        customer: Some(Customer {
            display_name: "x".repeat(257),
            ..Customer::default()
        }),
    };
    let answer = fixture
        .connection
        .customers()
        .create_customer(request)
        .await;
    refused(answer)
        .is(Code::InvalidArgument, ErrorReason::InvalidField)
        .at("customer.display_name");
}

on_each_database! {
    a_too_long_list_of_users_is_refused_with_a_hint_to_stream,
    a_too_large_import_of_users_is_refused_with_a_hint_to_split,
    an_import_of_too_many_users_at_once_is_refused,
    a_name_that_is_too_long_is_refused,
}
