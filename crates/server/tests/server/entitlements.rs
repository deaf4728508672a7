use seatkeeper_domain::BuyMoreTemplate;
use seatkeeper_engine::EngineConfig;
use seatkeeper_proto::v1;
use seatkeeper_server::ServerConfig;
use tonic::Code;

use crate::world::{CUSTOMER, World, batch, fields, finished, info, reason, user};

fn suite() -> String {
    format!("{CUSTOMER}/entitlements/suite")
}

#[tokio::test]
async fn bought_seats_are_available() {
    let world = World::new().await;
    let bought = world.buy("suite", 5).await.entitlement.unwrap();
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
    let world = World::new().await;
    let request = v1::PurchaseSeatsRequest {
        name: suite(),
        seat_count: 5,
        request_id: "order-1".to_owned(),
        ..v1::PurchaseSeatsRequest::default()
    };
    let first = world
        .entitlements()
        .purchase_seats(request.clone())
        .await
        .unwrap()
        .into_inner();
    let again = world
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
    let status = world
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
async fn what_is_wrong_with_a_purchase_is_told_together() {
    let world = World::new().await;
    let request = v1::PurchaseSeatsRequest {
        name: "customers/contoso/users/suite".to_owned(),
        seat_count: 0,
        end_time: Some(prost_types::Timestamp {
            seconds: 0,
            nanos: -1,
        }),
        ..v1::PurchaseSeatsRequest::default()
    };
    let status = world
        .entitlements()
        .purchase_seats(request)
        .await
        .unwrap_err();
    assert_eq!(fields(&status), ["name", "seat_count", "end_time"]);
}

#[tokio::test]
async fn an_unknown_product_can_not_be_bought() {
    let world = World::new().await;
    let request = v1::PurchaseSeatsRequest {
        name: format!("{CUSTOMER}/entitlements/ghost"),
        seat_count: 1,
        ..v1::PurchaseSeatsRequest::default()
    };
    let status = world
        .entitlements()
        .purchase_seats(request)
        .await
        .unwrap_err();
    assert_eq!(reason(&status), "UNKNOWN_PRODUCT");
    assert_eq!(info(&status).metadata["product"], "products/ghost");
}

#[tokio::test]
async fn seats_in_use_are_not_given_back() {
    let world = World::with_users(2, 2).await;
    world.run(batch()).await;
    let request = v1::ReduceSeatsRequest {
        name: suite(),
        seat_count: 1,
        ..Default::default()
    };
    let status = world
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
    let world = World::new().await;
    let request = v1::PurchaseSeatsRequest {
        name: suite(),
        purchase_id: "order".to_owned(),
        seat_count: 1,
        ..v1::PurchaseSeatsRequest::default()
    };
    world
        .entitlements()
        .purchase_seats(request.clone())
        .await
        .unwrap();
    let status = world
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
    let world = World::new().await;
    world.buy("suite", 1).await;
    world.buy("addon", 2).await;
    let mut request = v1::ListEntitlementsRequest {
        parent: CUSTOMER.to_owned(),
        page_size: 1,
        ..Default::default()
    };
    let first = world
        .entitlements()
        .list_entitlements(request.clone())
        .await
        .unwrap()
        .into_inner();
    request.page_token = first.next_page_token;
    let second = world
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
async fn where_to_buy_more_is_told_while_none_is_available() {
    let template = "https://shop.example/{customer}?sku={product}";
    let engine = EngineConfig {
        buy_more: Some(BuyMoreTemplate::parse(template).unwrap()),
        ..EngineConfig::default()
    };
    let world = World::with_engine(ServerConfig::default(), engine).await;
    world.import_catalog().await;
    world.create_customer("contoso").await;
    world.import_users(vec![user(1)]).await;
    let bought = world.buy("suite", 1).await.entitlement.unwrap();
    assert_eq!(bought.buy_more_uri, "");
    let expected = "https://shop.example/contoso?sku=suite";
    let ended = finished(&world.run(batch()).await);
    assert_eq!(ended.summary.unwrap().seats_left[0].buy_more_uri, expected);
    let request = v1::GetEntitlementRequest { name: suite() };
    let answer = world.entitlements().get_entitlement(request).await;
    let entitlement = answer.unwrap().into_inner().entitlement.unwrap();
    assert_eq!(entitlement.buy_more_uri, expected);
}
