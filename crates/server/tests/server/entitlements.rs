use seatkeeper_domain::BuyMoreTemplate;
use seatkeeper_engine::{EngineConfig, Limits};
use seatkeeper_proto::v1::{self, user_selector::Kind};
use seatkeeper_server::ServerConfig;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::test_server::{
    CUSTOMER, SUITE, TestServer, batch, fields, finished, info, reason, selection, user, user_name,
};

fn suite() -> String {
    format!("{CUSTOMER}/entitlements/suite")
}

#[tokio::test]
async fn bought_seats_are_available() {
    let server = TestServer::new().await;
    let bought = server.buy("suite", 5).await.entitlement.unwrap();
    assert_eq!(
        (
            bought.purchased_count,
            bought.active_count,
            bought.available_count
        ),
        (5, 5, 5)
    );
    assert_eq!(bought.purchases[0].state(), v1::purchase::State::Active);
}

#[tokio::test]
async fn a_repeated_purchase_buys_nothing_more_and_names_the_first() {
    let server = TestServer::new().await;
    let request = v1::PurchaseSeatsRequest {
        name: suite(),
        seat_count: 5,
        request_id: "order-1".to_owned(),
        ..v1::PurchaseSeatsRequest::default()
    };
    let first = server
        .entitlements()
        .purchase_seats(request.clone())
        .await
        .unwrap()
        .into_inner();
    let again = server
        .entitlements()
        .purchase_seats(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first.purchase_id, again.purchase_id);
    assert_eq!(again.entitlement.unwrap().purchased_count, 5);
    let other = v1::PurchaseSeatsRequest {
        seat_count: 6,
        ..request
    };
    let status = server
        .entitlements()
        .purchase_seats(other)
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::AlreadyExists, "REQUEST_ID_REUSED")
    );
}

#[tokio::test]
async fn all_mistakes_of_a_purchase_are_reported_together() {
    let server = TestServer::new().await;
    let request = v1::PurchaseSeatsRequest {
        name: "customers/contoso/users/suite".to_owned(),
        seat_count: 0,
        end_time: Some(prost_types::Timestamp {
            seconds: 0,
            nanos: -1,
        }),
        ..v1::PurchaseSeatsRequest::default()
    };
    let status = server
        .entitlements()
        .purchase_seats(request)
        .await
        .unwrap_err();
    assert_eq!(fields(&status), ["name", "seat_count", "end_time"]);
}

#[tokio::test]
async fn an_unknown_product_can_not_be_bought() {
    let server = TestServer::new().await;
    let request = v1::PurchaseSeatsRequest {
        name: format!("{CUSTOMER}/entitlements/ghost"),
        seat_count: 1,
        ..v1::PurchaseSeatsRequest::default()
    };
    let status = server
        .entitlements()
        .purchase_seats(request)
        .await
        .unwrap_err();
    assert_eq!(reason(&status), "UNKNOWN_PRODUCT");
    assert_eq!(info(&status).metadata["product"], "products/ghost");
}

#[tokio::test]
async fn seats_in_use_are_not_given_back() {
    let server = TestServer::with_users(2, 2).await;
    server.run(batch()).await;
    let request = v1::ReduceSeatsRequest {
        name: suite(),
        seat_count: 1,
        ..Default::default()
    };
    let status = server
        .entitlements()
        .reduce_seats(request)
        .await
        .unwrap_err();
    assert_eq!(reason(&status), "SEATS_IN_USE");
    let metadata = info(&status).metadata;
    assert_eq!(
        (&*metadata["in_use_count"], &*metadata["remaining_count"]),
        ("2", "1")
    );
}

#[tokio::test]
async fn a_purchase_under_a_taken_identifier_names_both() {
    let server = TestServer::new().await;
    let request = v1::PurchaseSeatsRequest {
        name: suite(),
        purchase_id: "order".to_owned(),
        seat_count: 1,
        ..v1::PurchaseSeatsRequest::default()
    };
    server
        .entitlements()
        .purchase_seats(request.clone())
        .await
        .unwrap();
    let status = server
        .entitlements()
        .purchase_seats(request)
        .await
        .unwrap_err();
    assert_eq!(reason(&status), "PURCHASE_ALREADY_EXISTS");
    let metadata = info(&status).metadata;
    assert_eq!(
        (&*metadata["name"], &*metadata["purchase_id"]),
        (&*suite(), "order")
    );
}

#[tokio::test]
async fn entitlements_are_listed_page_by_page() {
    let server = TestServer::new().await;
    server.buy("suite", 1).await;
    server.buy("addon", 2).await;
    let mut request = v1::ListEntitlementsRequest {
        parent: CUSTOMER.to_owned(),
        page_size: 1,
        ..Default::default()
    };
    let first = server
        .entitlements()
        .list_entitlements(request.clone())
        .await
        .unwrap()
        .into_inner();
    request.page_token = first.next_page_token;
    let second = server
        .entitlements()
        .list_entitlements(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (first.entitlements.len(), second.entitlements.len()),
        (1, 1)
    );
    assert_eq!(
        (second.total_size, second.next_page_token.as_str()),
        (2, "")
    );
}

#[tokio::test]
async fn the_buy_more_address_is_returned_while_no_seat_is_available() {
    let template = "https://shop.example/{customer}?sku={product}";
    let engine = EngineConfig {
        buy_more: Some(BuyMoreTemplate::parse(template).unwrap()),
        ..EngineConfig::default()
    };
    let server = TestServer::with_engine(ServerConfig::default(), engine).await;
    server.import_catalog().await;
    server.create_customer("contoso").await;
    server.import_users(vec![user(1)]).await;
    let bought = server.buy("suite", 1).await.entitlement.unwrap();
    assert_eq!(bought.buy_more_uri, "");
    let expected = "https://shop.example/contoso?sku=suite";
    let ended = finished(&server.run(batch()).await);
    assert_eq!(ended.summary.unwrap().seats_left[0].buy_more_uri, expected);
    let request = v1::GetEntitlementRequest { name: suite() };
    let answer = server.entitlements().get_entitlement(request).await;
    let entitlement = answer.unwrap().into_inner().entitlement.unwrap();
    assert_eq!(entitlement.buy_more_uri, expected);
    let request = v1::SummarizeLicensesRequest {
        parent: CUSTOMER.to_owned(),
        selection: selection(Kind::AllUsers(v1::AllUsers {})),
        ..v1::SummarizeLicensesRequest::default()
    };
    let answer = server.licenses().summarize_licenses(request).await;
    let summary = answer.unwrap().into_inner().summaries.remove(0);
    assert!(summary.purchasable);
    assert_eq!(summary.buy_more_uri, expected);
}

#[tokio::test]
async fn users_who_release_their_seats_are_listed_in_order() {
    let server = TestServer::with_users(3, 3).await;
    server.run(batch()).await;
    let users = [user_name("u3"), user_name("u1")];
    let request = v1::ReduceSeatsRequest {
        name: suite(),
        seat_count: 2,
        release_users: users.to_vec(),
        ..Default::default()
    };
    let answer = server.entitlements().reduce_seats(request).await.unwrap();
    let answer = answer.into_inner();
    let received: Vec<_> = answer.results.iter().map(|result| &*result.user).collect();
    assert_eq!(received, users);
    assert_eq!(
        answer.results[0].license_results[0].outcome(),
        v1::Outcome::Revoked
    );
    assert_eq!(answer.entitlement.unwrap().assigned_count, 1);
}

#[tokio::test]
async fn users_whose_seat_cant_be_released_are_named() {
    let server = TestServer::with_users(1, 3).await;
    server.run(batch()).await;
    let request = v1::ReduceSeatsRequest {
        name: suite(),
        seat_count: 1,
        release_users: ["u1", "ghost"].map(user_name).to_vec(),
        ..Default::default()
    };
    let status = server
        .entitlements()
        .reduce_seats(request)
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::FailedPrecondition, "SEAT_RELEASE_REJECTED")
    );
    assert_eq!(info(&status).metadata["user"], user_name("ghost"));
    let precondition = status.get_details_precondition_failure().unwrap();
    let subjects: Vec<_> = precondition
        .violations
        .iter()
        .map(|violation| &*violation.subject)
        .collect();
    assert_eq!(subjects, [user_name("ghost")]);
}

#[tokio::test]
async fn too_many_release_users_are_refused_before_they_are_read() {
    let server = TestServer::new().await;
    let request = v1::ReduceSeatsRequest {
        name: suite(),
        seat_count: 1,
        release_users: vec![user_name("u1"); 1_001],
        ..Default::default()
    };
    let status = server
        .entitlements()
        .reduce_seats(request)
        .await
        .unwrap_err();
    assert_eq!(reason(&status), "LIST_TOO_LONG");
    assert_eq!(info(&status).metadata["maximum"], "1000");
}

#[tokio::test]
async fn a_purchase_that_does_not_exist_can_not_be_renewed() {
    let server = TestServer::new().await;
    server.buy("suite", 1).await;
    let request = v1::RenewPurchaseRequest {
        name: suite(),
        purchase_id: "order".to_owned(),
        ..Default::default()
    };
    let status = server
        .entitlements()
        .renew_purchase(request)
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::NotFound, "PURCHASE_NOT_FOUND")
    );
}

#[tokio::test]
async fn an_entitlement_with_all_its_purchases_names_the_limit() {
    let engine = EngineConfig {
        limits: Limits {
            purchases_per_entitlement_max: 2,
            ..Limits::default()
        },
        ..EngineConfig::default()
    };
    let server = TestServer::with_engine(ServerConfig::default(), engine).await;
    server.import_catalog().await;
    server.create_customer("contoso").await;
    for _ in 0..2 {
        server.buy("suite", 1).await;
    }
    let request = v1::PurchaseSeatsRequest {
        name: suite(),
        seat_count: 1,
        ..Default::default()
    };
    let status = server
        .entitlements()
        .purchase_seats(request)
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::ResourceExhausted, "LIMIT_REACHED")
    );
    assert_eq!(info(&status).metadata["limit"], "purchases_per_entitlement");
}

#[tokio::test]
async fn seats_bought_by_a_batch_are_in_its_summary() {
    let server = TestServer::with_users(3, 1).await;
    let request = v1::BatchUpdateLicensesRequest {
        shortage_policy: v1::ShortagePolicy::BuyMore.into(),
        ..batch()
    };
    let ended = finished(&server.run(request).await);
    assert_eq!(ended.shortage_policy(), v1::ShortagePolicy::BuyMore);
    let bought = ended.summary.unwrap().seats_bought;
    let expected = v1::SeatsBought {
        product: SUITE.to_owned(),
        seat_count: 2,
    };
    assert_eq!(bought, [expected]);
}
