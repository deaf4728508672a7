use seatkeeper_proto::v1::{self, import_users_request as import};
use tonic::Code;

use crate::test_server::{
    CUSTOMER, TestServer, fields, info, reason, stream, user, user_name, users_header,
    users_message,
};

fn list(page_size: i32) -> v1::ListUsersRequest {
    v1::ListUsersRequest {
        parent: CUSTOMER.to_owned(),
        page_size,
        ..Default::default()
    }
}

async fn page(server: &TestServer, request: &v1::ListUsersRequest) -> v1::ListUsersResponse {
    server
        .directory()
        .list_users(request.clone())
        .await
        .unwrap()
        .into_inner()
}

fn ids(page: &v1::ListUsersResponse) -> Vec<&str> {
    page.users
        .iter()
        .filter_map(|user| user.name.rsplit('/').next())
        .collect()
}

#[tokio::test]
async fn pages_go_forward_to_the_last_and_back_to_the_first() {
    let server = TestServer::with_users(5, 1).await;
    let mut request = list(2);
    request.order_by = "display_name desc".to_owned();
    let first = page(&server, &request).await;
    assert_eq!(ids(&first), ["u5", "u4"]);
    assert_eq!(
        (first.previous_page_token.as_str(), first.total_size),
        ("", 5)
    );
    request.page_token = first.next_page_token.clone();
    let second = page(&server, &request).await;
    assert_eq!(ids(&second), ["u3", "u2"]);
    request.page_token = second.next_page_token.clone();
    let third = page(&server, &request).await;
    assert_eq!(
        (ids(&third), third.next_page_token.as_str()),
        (vec!["u1"], "")
    );
    request.page_token = third.previous_page_token.clone();
    assert_eq!(ids(&page(&server, &request).await), ["u3", "u2"]);
}

#[tokio::test]
async fn the_last_page_and_the_first_are_reached_from_anywhere() {
    let server = TestServer::with_users(5, 1).await;
    let mut request = list(2);
    request.page_token = page(&server, &request).await.last_page_token;
    let last = page(&server, &request).await;
    assert_eq!(
        (ids(&last), last.next_page_token.as_str()),
        (vec!["u4", "u5"], "")
    );
    request.page_token = last.first_page_token.clone();
    assert_eq!(ids(&page(&server, &request).await), ["u1", "u2"]);
}

#[tokio::test]
async fn users_created_meanwhile_shift_nothing() {
    let server = TestServer::with_users(3, 1).await;
    let mut request = list(2);
    request.order_by = "display_name".to_owned();
    request.page_token = page(&server, &request).await.next_page_token;
    let newcomer = v1::User {
        display_name: "Aaron".to_owned(),
        ..user(4)
    };
    server.import_users(vec![newcomer]).await;
    assert_eq!(ids(&page(&server, &request).await), ["u3"]);
}

#[tokio::test]
async fn a_token_of_another_query_is_refused() {
    let server = TestServer::with_users(3, 1).await;
    let mut request = list(2);
    request.page_token = page(&server, &request).await.next_page_token;
    request.filter = "state = ACTIVE".to_owned();
    let status = server.directory().list_users(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(reason(&status), "PAGE_TOKEN_MISMATCH");
}

#[tokio::test]
async fn the_same_query_written_otherwise_keeps_its_token() {
    let server = TestServer::with_users(3, 1).await;
    let mut request = list(2);
    request.filter = "state=ACTIVE".to_owned();
    request.page_token = page(&server, &request).await.next_page_token;
    request.filter = " (state = ACTIVE) ".to_owned();
    assert_eq!(ids(&page(&server, &request).await), ["u3"]);
}

#[tokio::test]
async fn a_filter_that_does_not_parse_names_the_position() {
    let server = TestServer::new().await;
    let mut request = list(0);
    request.filter = "state = ACTIVE AND shoe = 1".to_owned();
    let status = server.directory().list_users(request).await.unwrap_err();
    assert_eq!(reason(&status), "FILTER_SYNTAX");
    assert_eq!(info(&status).metadata["position"], "19");
    assert_eq!(fields(&status), ["filter"]);
}

#[tokio::test]
async fn a_page_that_is_too_large_names_given_and_maximum() {
    let server = TestServer::new().await;
    let status = server
        .directory()
        .list_users(list(1_001))
        .await
        .unwrap_err();
    assert_eq!(reason(&status), "PAGE_TOO_LARGE");
    let metadata = info(&status).metadata;
    assert_eq!(
        (metadata["given"].as_str(), metadata["maximum"].as_str()),
        ("1001", "1000")
    );
}

#[tokio::test]
async fn an_import_reports_the_outcome_of_every_user() {
    let server = TestServer::with_users(2, 1).await;
    let changed = v1::User {
        department: "Sales".to_owned(),
        ..user(2)
    };
    let wrong = v1::User {
        usage_location: "Mars".to_owned(),
        ..user(4)
    };
    let foreign = v1::User {
        name: "customers/other/users/u5".to_owned(),
        ..user(5)
    };
    let users = vec![user(1), changed, user(3), wrong, foreign, user(3)];
    let response = server.import_users(users).await;
    let counts = (
        response.created_count,
        response.updated_count,
        response.unchanged_count,
        response.failed_count,
    );
    assert_eq!(counts, (1, 1, 1, 3));
    let failures: Vec<_> = response
        .failures
        .iter()
        .map(|failure| failure.index)
        .collect();
    assert_eq!(failures, [3, 4, 5]);
    let codes = response
        .failures
        .iter()
        .map(|failure| failure.error.as_ref().unwrap().code);
    assert!(
        codes
            .into_iter()
            .all(|code| code == i32::from(Code::InvalidArgument))
    );
}

#[tokio::test]
async fn an_import_that_only_creates_leaves_others_alone() {
    let server = TestServer::with_users(1, 1).await;
    let changed = v1::User {
        department: "Sales".to_owned(),
        ..user(1)
    };
    let messages = vec![
        users_header(import::Mode::CreateOnly),
        users_message(vec![changed]),
    ];
    let response = server.directory().import_users(stream(messages)).await;
    let response = response.unwrap().into_inner();
    let error = response.failures[0].error.as_ref().unwrap();
    assert_eq!(error.code, i32::from(Code::AlreadyExists));
    assert!(!error.details.is_empty());
}

#[tokio::test]
async fn an_import_begins_with_a_header() {
    let server = TestServer::new().await;
    let messages = vec![users_message(vec![user(1)])];
    let status = server
        .directory()
        .import_users(stream(messages))
        .await
        .unwrap_err();
    assert_eq!(reason(&status), "STREAM_OUT_OF_ORDER");
    assert_eq!(info(&status).metadata["message_index"], "0");
}

#[tokio::test]
async fn an_update_changes_what_its_mask_names() {
    let server = TestServer::with_users(1, 1).await;
    let request = v1::UpdateUserRequest {
        user: Some(v1::User {
            name: user_name("u1"),
            display_name: "New".to_owned(),
            department: "ignored".to_owned(),
            ..v1::User::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["display_name".to_owned(), "usage_location".to_owned()],
        }),
    };
    let updated = server
        .directory()
        .update_user(request)
        .await
        .unwrap()
        .into_inner();
    let updated = updated.user.unwrap();
    assert_eq!(updated.display_name, "New");
    assert_eq!(
        (updated.department.as_str(), updated.usage_location.as_str()),
        ("", "")
    );
    assert_eq!(updated.sign_in_name, "u1@contoso.example");
}

#[tokio::test]
async fn a_user_with_licenses_is_deleted_only_by_force() {
    let server = TestServer::with_users(1, 1).await;
    server.run(crate::test_server::batch()).await;
    let mut request = v1::DeleteUserRequest {
        name: user_name("u1"),
        ..Default::default()
    };
    let status = server
        .directory()
        .delete_user(request.clone())
        .await
        .unwrap_err();
    assert_eq!(reason(&status), "USER_HAS_LICENSES");
    assert_eq!(info(&status).metadata["license_count"], "1");
    request.force = true;
    server.directory().delete_user(request).await.unwrap();
}
