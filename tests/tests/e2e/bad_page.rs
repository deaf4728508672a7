use seatkeeper_proto::v1::{
    BatchUpdateLicensesRequest, ErrorReason, ListBatchResultsRequest, ListLicensesRequest,
    ListProductsRequest, ListUsersRequest, ListUsersResponse,
};
use seatkeeper_tests::{Fixture, Refusal, assign, everyone, on_each_database, refused};
use tonic::{Code, Status};

fn users(fixture: &Fixture) -> ListUsersRequest {
    ListUsersRequest {
        parent: fixture.customer.clone(),
        page_size: 1,
        ..ListUsersRequest::default()
    }
}

async fn list(fixture: &Fixture, request: ListUsersRequest) -> Result<ListUsersResponse, Status> {
    let answer = fixture.connection.directory().list_users(request).await;
    answer.map(tonic::Response::into_inner)
}

/// A token for the second page of all users.
async fn token(fixture: &Fixture) -> String {
    fixture.add_users(3).await;
    list(fixture, users(fixture)).await.unwrap().next_page_token
}

fn of_another_query(refusal: &Refusal) {
    refusal
        .is(Code::InvalidArgument, ErrorReason::PageTokenMismatch)
        .at("page_token");
}

async fn a_token_of_another_filter(fixture: Fixture) {
    let request = ListUsersRequest {
        page_token: token(&fixture).await,
        filter: "department = \"Sales\"".to_owned(),
        ..users(&fixture)
    };
    of_another_query(&refused(list(&fixture, request).await));
}

async fn a_token_of_another_order(fixture: Fixture) {
    let request = ListUsersRequest {
        page_token: token(&fixture).await,
        order_by: "display_name".to_owned(),
        ..users(&fixture)
    };
    of_another_query(&refused(list(&fixture, request).await));
}

async fn a_token_of_another_customer(fixture: Fixture) {
    let page_token = token(&fixture).await;
    let other = Fixture {
        customer: format!("{}-b", fixture.customer),
        ..fixture.clone()
    };
    let request = ListUsersRequest {
        page_token,
        ..users(&other)
    };
    of_another_query(&refused(list(&fixture, request).await));
}

async fn a_token_of_another_call(fixture: Fixture) {
    let request = ListLicensesRequest {
        parent: fixture.user("-"),
        page_token: token(&fixture).await,
        ..ListLicensesRequest::default()
    };
    let answer = fixture.connection.licenses().list_licenses(request).await;
    of_another_query(&refused(answer));
}

async fn a_token_may_go_with_another_page_size(fixture: Fixture) {
    let request = ListUsersRequest {
        page_token: token(&fixture).await,
        page_size: 2,
        ..users(&fixture)
    };
    assert_eq!(list(&fixture, request).await.unwrap().users.len(), 2);
}

async fn a_token_that_the_server_did_not_make(fixture: Fixture) {
    let request = ListUsersRequest {
        page_token: "page two, please".to_owned(),
        ..users(&fixture)
    };
    refused(list(&fixture, request).await)
        .is(Code::InvalidArgument, ErrorReason::PageTokenInvalid)
        .at("page_token");
}

fn too_large(refusal: &Refusal, field: &str, given: &str, maximum: &str) {
    refusal
        .is(Code::InvalidArgument, ErrorReason::PageTooLarge)
        .at(field)
        .with("given", given)
        .with("maximum", maximum);
}

async fn a_page_of_users_that_is_too_large(fixture: Fixture) {
    let request = ListUsersRequest {
        page_size: 1001,
        ..users(&fixture)
    };
    let refusal = refused(list(&fixture, request).await);
    too_large(&refusal, "page_size", "1001", "1000");
}

async fn a_page_of_negative_size(fixture: Fixture) {
    let request = ListUsersRequest {
        page_size: -1,
        ..users(&fixture)
    };
    let refusal = refused(list(&fixture, request).await);
    too_large(&refusal, "page_size", "-1", "1000");
}

async fn a_page_of_products_that_is_too_large(fixture: Fixture) {
    let request = ListProductsRequest {
        page_size: 1001,
        ..ListProductsRequest::default()
    };
    let answer = fixture.connection.catalog().list_products(request).await;
    too_large(&refused(answer), "page_size", "1001", "1000");
}

async fn a_page_of_results_that_is_too_large(fixture: Fixture) {
    fixture.add_users(1).await;
    let transcript = fixture.change(assign(&["suite"]), everyone()).await;
    let request = ListBatchResultsRequest {
        name: transcript.batch(),
        page_size: 5001,
        ..ListBatchResultsRequest::default()
    };
    let answer = fixture
        .connection
        .batches()
        .list_batch_results(request)
        .await;
    too_large(&refused(answer), "page_size", "5001", "5000");
}

async fn messages_with_too_many_results(fixture: Fixture) {
    fixture.add_users(1).await;
    let request = BatchUpdateLicensesRequest {
        max_results_per_message: 5001,
        ..fixture.request(assign(&["suite"]), everyone())
    };
    let refusal = fixture.refusal(request).await;
    too_large(&refusal, "max_results_per_message", "5001", "5000");
}

async fn an_order_that_there_is_not(fixture: Fixture) {
    let request = ListUsersRequest {
        order_by: "shoe_size".to_owned(),
        ..users(&fixture)
    };
    refused(list(&fixture, request).await)
        .is(Code::InvalidArgument, ErrorReason::OrderByInvalid)
        .at("order_by")
        .with("given", "shoe_size");
}

async fn a_filter_that_does_not_parse(fixture: Fixture) {
    let request = ListUsersRequest {
        filter: "(state = ACTIVE".to_owned(),
        ..users(&fixture)
    };
    refused(list(&fixture, request).await)
        .is(Code::InvalidArgument, ErrorReason::FilterSyntax)
        .at("filter")
        .with("position", "15");
}

on_each_database! {
    a_token_of_another_filter,
    a_token_of_another_order,
    a_token_of_another_customer,
    a_token_of_another_call,
    a_token_may_go_with_another_page_size,
    a_token_that_the_server_did_not_make,
    a_page_of_users_that_is_too_large,
    a_page_of_negative_size,
    a_page_of_products_that_is_too_large,
    a_page_of_results_that_is_too_large,
    messages_with_too_many_results,
    an_order_that_there_is_not,
    a_filter_that_does_not_parse,
}
