use seatkeeper_proto::v1::{ErrorReason, PurchaseSeatsRequest, ReduceSeatsRequest};
use seatkeeper_tests::{Scene, assign, everyone, on_each_database, refused};
use tonic::Code;

async fn seats_held_are_counted(scene: Scene) {
    scene.add_users(3).await;
    scene.buy("suite", 5).await;
    scene.change(assign(&["suite"]), everyone()).await;
    let seats = scene.entitlement("suite").await;
    let counts = (
        seats.purchased_count,
        seats.assigned_count,
        seats.available_count,
    );
    assert_eq!(counts, (5, 3, 2));
}

async fn seats_bought_twice_add_up(scene: Scene) {
    scene.buy("suite", 5).await;
    scene.buy("suite", 7).await;
    let seats = scene.entitlement("suite").await;
    assert_eq!((seats.available_count, seats.purchases.len()), (12, 2));
}

async fn a_purchase_repeated_buys_nothing_more(scene: Scene) {
    let request = PurchaseSeatsRequest {
        name: scene.entitlement_name("suite"),
        seat_count: 5,
        request_id: "once".to_owned(),
        ..PurchaseSeatsRequest::default()
    };
    let mut entitlements = scene.connection.entitlements();
    let first = entitlements.purchase_seats(request.clone()).await.unwrap();
    let second = entitlements.purchase_seats(request).await.unwrap();
    assert_eq!(
        second.into_inner().purchase_id,
        first.into_inner().purchase_id
    );
    assert_eq!(scene.entitlement("suite").await.purchased_count, 5);
}

async fn no_seat_that_is_held_is_given_back(scene: Scene) {
    scene.add_users(3).await;
    scene.buy("suite", 5).await;
    scene.change(assign(&["suite"]), everyone()).await;
    let request = ReduceSeatsRequest {
        name: scene.entitlement_name("suite"),
        seat_count: 3,
        ..ReduceSeatsRequest::default()
    };
    let refusal = refused(scene.connection.entitlements().reduce_seats(request).await);
    refusal
        .is(Code::FailedPrecondition, ErrorReason::SeatsInUse)
        .with("in_use_count", "3")
        .with("remaining_count", "2");
    assert_eq!(scene.entitlement("suite").await.purchased_count, 5);
}

on_each_database! {
    seats_held_are_counted,
    seats_bought_twice_add_up,
    a_purchase_repeated_buys_nothing_more,
    no_seat_that_is_held_is_given_back,
}
