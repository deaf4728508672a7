use seatkeeper_proto::v1;
use tonic::Code;

use crate::test_server::{TestServer, fields, info, reason};

#[tokio::test]
async fn a_customer_is_created_and_read_back() {
    let server = TestServer::empty().await;
    let created = server.create_customer("contoso").await;
    assert_eq!(created.name, "customers/contoso");
    let request = v1::GetCustomerRequest {
        name: created.name.clone(),
    };
    let read = server
        .customers()
        .get_customer(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(read.customer, Some(created));
}

#[tokio::test]
async fn a_customer_without_an_identifier_gets_one() {
    let server = TestServer::empty().await;
    let created = server.create_customer("").await;
    assert!(created.name.len() > "customers/".len(), "{}", created.name);
}

#[tokio::test]
async fn a_taken_identifier_names_the_resource() {
    let server = TestServer::empty().await;
    server.create_customer("contoso").await;
    let request = v1::CreateCustomerRequest {
        customer_id: "contoso".to_owned(),
        customer: Some(v1::Customer::default()),
    };
    let status = server
        .customers()
        .create_customer(request)
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::AlreadyExists);
    assert_eq!(reason(&status), "CUSTOMER_ALREADY_EXISTS");
    assert_eq!(info(&status).metadata["name"], "customers/contoso");
}

#[tokio::test]
async fn every_wrong_field_of_a_request_is_reported() {
    let server = TestServer::empty().await;
    let request = v1::CreateCustomerRequest {
        customer_id: "-".to_owned(),
        customer: Some(v1::Customer {
            display_name: "x".repeat(257),
            ..v1::Customer::default()
        }),
    };
    let status = server
        .customers()
        .create_customer(request)
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(fields(&status), ["customer_id", "customer.display_name"]);
}

#[tokio::test]
async fn pages_of_customers_follow_one_another() {
    let server = TestServer::empty().await;
    for id in ["a", "b", "c"] {
        server.create_customer(id).await;
    }
    let mut request = v1::ListCustomersRequest {
        page_size: 2,
        ..Default::default()
    };
    let first = server
        .customers()
        .list_customers(request.clone())
        .await
        .unwrap()
        .into_inner();
    request.page_token = first.next_page_token;
    let second = server
        .customers()
        .list_customers(request)
        .await
        .unwrap()
        .into_inner();
    let names = first
        .customers
        .into_iter()
        .chain(second.customers)
        .map(|found| found.name);
    assert_eq!(
        names.collect::<Vec<_>>(),
        ["customers/a", "customers/b", "customers/c"]
    );
    assert_eq!(second.next_page_token, "");
    assert_eq!(second.total_size, 3);
}

#[tokio::test]
async fn an_outdated_etag_aborts_an_update() {
    let server = TestServer::empty().await;
    let customer = server.create_customer("contoso").await;
    let rename = |display_name: &str| v1::UpdateCustomerRequest {
        customer: Some(v1::Customer {
            display_name: display_name.to_owned(),
            ..customer.clone()
        }),
        update_mask: None,
    };
    server
        .customers()
        .update_customer(rename("first"))
        .await
        .unwrap();
    let status = server
        .customers()
        .update_customer(rename("second"))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Aborted);
    assert_eq!(reason(&status), "ETAG_MISMATCH");
}

#[tokio::test]
async fn a_customer_with_users_is_deleted_only_by_force() {
    let server = TestServer::with_users(1, 1).await;
    let mut request = v1::DeleteCustomerRequest {
        name: "customers/contoso".to_owned(),
        ..Default::default()
    };
    let status = server
        .customers()
        .delete_customer(request.clone())
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert_eq!(info(&status).metadata["user_count"], "1");
    request.force = true;
    server.customers().delete_customer(request).await.unwrap();
}

#[tokio::test]
async fn a_customer_that_does_not_exist_is_not_found() {
    let server = TestServer::empty().await;
    let request = v1::GetCustomerRequest {
        name: "customers/nobody".to_owned(),
    };
    let status = server.customers().get_customer(request).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(reason(&status), "CUSTOMER_NOT_FOUND");
}
