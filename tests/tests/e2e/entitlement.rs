use seatkeeper_proto::v1::{
    ErrorReason, PurchaseSeatsRequest, ReduceSeatsRequest, RenewPurchaseRequest, ViolationType,
    WarningType, license, purchase,
};
use seatkeeper_tests::{DAY, Scene, assign, everyone, listed, moment, on_each_database, refused};
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

async fn users_who_give_up_their_seats_lose_the_product(scene: Scene) {
    scene.add_users(3).await;
    scene.buy("suite", 3).await;
    scene.change(assign(&["suite"]), everyone()).await;
    let request = ReduceSeatsRequest {
        name: scene.entitlement_name("suite"),
        seat_count: 2,
        users_giving_up: scene.users(&["u3", "u1"]),
        request_id: "once".to_owned(),
        ..ReduceSeatsRequest::default()
    };
    let mut entitlements = scene.connection.entitlements();
    let first = entitlements.reduce_seats(request.clone()).await.unwrap();
    let second = entitlements.reduce_seats(request).await.unwrap();
    let (first, second) = (first.into_inner(), second.into_inner());
    let told: Vec<_> = first.results.iter().map(|result| &*result.user).collect();
    assert_eq!(told, scene.users(&["u3", "u1"]));
    assert_eq!(first.results, second.results);
    assert_eq!(scene.holdings().await, ["u2:suite"]);
    let seats = scene.entitlement("suite").await;
    assert_eq!((seats.purchased_count, seats.available_count), (1, 0));
}

async fn nobody_gives_up_a_seat_when_one_of_them_cant(scene: Scene) {
    scene.add_users(3).await;
    scene.buy("suite", 3).await;
    scene.buy("addon", 1).await;
    scene.change(assign(&["suite"]), everyone()).await;
    let users = listed(scene.users(&["u2"]));
    scene.change(assign(&["addon"]), users).await;
    let before = scene.state().await;
    let request = ReduceSeatsRequest {
        name: scene.entitlement_name("suite"),
        seat_count: 2,
        users_giving_up: scene.users(&["u1", "u2"]),
        ..ReduceSeatsRequest::default()
    };
    let refusal = refused(scene.connection.entitlements().reduce_seats(request).await);
    refusal
        .is(Code::FailedPrecondition, ErrorReason::GivingUpRefused)
        .with("user", &scene.user("u2"));
    assert_eq!(scene.state().await, before);
}

async fn seats_lapse_and_a_renewal_brings_them_back(scene: Scene) {
    scene.add_users(2).await;
    scene.buy_for("suite", "order", 2, Some(DAY)).await;
    scene.change(assign(&["suite"]), everyone()).await;
    let seats = scene.entitlement("suite").await;
    assert_eq!(seats.purchases[0].state(), purchase::State::Active);

    // What was bought before lapsed long ago; what is current is given back.
    scene.buy_for("suite", "old", 2, Some(-40 * DAY)).await;
    let request = ReduceSeatsRequest {
        name: scene.entitlement_name("suite"),
        seat_count: 1,
        purchase_id: "order".to_owned(),
        users_giving_up: scene.users(&["u1"]),
        ..ReduceSeatsRequest::default()
    };
    let mut entitlements = scene.connection.entitlements();
    entitlements.reduce_seats(request).await.unwrap();
    let seats = scene.entitlement("suite").await;
    assert_eq!((seats.active_count, seats.suspended_count), (1, 2));

    scene.renew("suite", "old", Some(-DAY)).await;
    let seats = scene.entitlement("suite").await;
    assert_eq!((seats.warning_count, seats.available_count), (2, 2));
    scene.renew("suite", "old", None).await;
    let seats = scene.entitlement("suite").await;
    assert_eq!((seats.active_count, seats.available_count), (3, 2));
}

async fn suspended_seats_can_not_be_assigned(scene: Scene) {
    scene.add_users(1).await;
    scene.buy_for("suite", "old", 2, Some(-40 * DAY)).await;
    let told = scene.change(assign(&["suite"]), everyone()).await;
    assert_eq!(told.violations("u1"), [ViolationType::EntitlementSuspended]);
    scene.renew("suite", "old", Some(-DAY)).await;
    let told = scene.change(assign(&["suite"]), everyone()).await;
    let warnings = &told.results[0].license_results[0].warnings;
    assert_eq!(warnings[0].r#type(), WarningType::SeatInGrace);
    let license = scene.state().await.licenses[0].state();
    assert_eq!(license, license::State::Warning);
}

async fn a_purchase_can_not_be_renewed_backwards(scene: Scene) {
    scene.buy_for("suite", "order", 2, Some(DAY)).await;
    let request = RenewPurchaseRequest {
        name: scene.entitlement_name("suite"),
        purchase_id: "order".to_owned(),
        end_time: Some(moment(-DAY)),
        ..RenewPurchaseRequest::default()
    };
    let refusal = refused(
        scene
            .connection
            .entitlements()
            .renew_purchase(request)
            .await,
    );
    refusal
        .is(Code::InvalidArgument, ErrorReason::InvalidField)
        .with("field", "end_time");
}

on_each_database! {
    users_who_give_up_their_seats_lose_the_product,
    nobody_gives_up_a_seat_when_one_of_them_cant,
    seats_lapse_and_a_renewal_brings_them_back,
    suspended_seats_can_not_be_assigned,
    a_purchase_can_not_be_renewed_backwards,
    seats_held_are_counted,
    seats_bought_twice_add_up,
    a_purchase_repeated_buys_nothing_more,
    no_seat_that_is_held_is_given_back,
}
