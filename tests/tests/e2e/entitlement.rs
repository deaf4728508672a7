use seatkeeper_proto::v1::{
    ErrorReason, PurchaseSeatsRequest, ReduceSeatsRequest, RenewPurchaseRequest, ViolationType,
    WarningType, license, purchase,
};
use seatkeeper_tests::{DAY, Fixture, assign, everyone, listed, moment, on_each_database, refused};
use tonic::Code;

async fn seats_held_are_counted(fixture: Fixture) {
    fixture.add_users(3).await;
    fixture.buy("suite", 5).await;
    fixture.change(assign(&["suite"]), everyone()).await;
    let seats = fixture.entitlement("suite").await;
    let counts = (
        seats.purchased_count,
        seats.assigned_count,
        seats.available_count,
    );
    assert_eq!(counts, (5, 3, 2));
}

async fn seats_bought_twice_add_up(fixture: Fixture) {
    fixture.buy("suite", 5).await;
    fixture.buy("suite", 7).await;
    let seats = fixture.entitlement("suite").await;
    assert_eq!((seats.available_count, seats.purchases.len()), (12, 2));
}

async fn a_purchase_repeated_buys_nothing_more(fixture: Fixture) {
    let request = PurchaseSeatsRequest {
        name: fixture.entitlement_name("suite"),
        seat_count: 5,
        request_id: "once".to_owned(),
        ..PurchaseSeatsRequest::default()
    };
    let mut entitlements = fixture.connection.entitlements();
    let first = entitlements.purchase_seats(request.clone()).await.unwrap();
    let second = entitlements.purchase_seats(request).await.unwrap();
    assert_eq!(
        second.into_inner().purchase_id,
        first.into_inner().purchase_id
    );
    assert_eq!(fixture.entitlement("suite").await.purchased_count, 5);
}

async fn no_seat_that_is_held_is_given_back(fixture: Fixture) {
    fixture.add_users(3).await;
    fixture.buy("suite", 5).await;
    fixture.change(assign(&["suite"]), everyone()).await;
    let request = ReduceSeatsRequest {
        name: fixture.entitlement_name("suite"),
        seat_count: 3,
        ..ReduceSeatsRequest::default()
    };
    let refusal = refused(
        fixture
            .connection
            .entitlements()
            .reduce_seats(request)
            .await,
    );
    refusal
        .is(Code::FailedPrecondition, ErrorReason::SeatsInUse)
        .with("in_use_count", "3")
        .with("remaining_count", "2");
    assert_eq!(fixture.entitlement("suite").await.purchased_count, 5);
}

async fn released_users_lose_the_product(fixture: Fixture) {
    fixture.add_users(3).await;
    fixture.buy("suite", 3).await;
    fixture.change(assign(&["suite"]), everyone()).await;
    let request = ReduceSeatsRequest {
        name: fixture.entitlement_name("suite"),
        seat_count: 2,
        release_users: fixture.users(&["u3", "u1"]),
        request_id: "once".to_owned(),
        ..ReduceSeatsRequest::default()
    };
    let mut entitlements = fixture.connection.entitlements();
    let first = entitlements.reduce_seats(request.clone()).await.unwrap();
    let second = entitlements.reduce_seats(request).await.unwrap();
    let (first, second) = (first.into_inner(), second.into_inner());
    let users: Vec<_> = first.results.iter().map(|result| &*result.user).collect();
    assert_eq!(users, fixture.users(&["u3", "u1"]));
    assert_eq!(first.results, second.results);
    assert_eq!(fixture.holdings().await, ["u2:suite"]);
    let seats = fixture.entitlement("suite").await;
    assert_eq!((seats.purchased_count, seats.available_count), (1, 0));
}

async fn no_user_releases_a_seat_when_one_of_them_cannot(fixture: Fixture) {
    fixture.add_users(3).await;
    fixture.buy("suite", 3).await;
    fixture.buy("addon", 1).await;
    fixture.change(assign(&["suite"]), everyone()).await;
    let users = listed(fixture.users(&["u2"]));
    fixture.change(assign(&["addon"]), users).await;
    let before = fixture.state().await;
    let request = ReduceSeatsRequest {
        name: fixture.entitlement_name("suite"),
        seat_count: 2,
        release_users: fixture.users(&["u1", "u2"]),
        ..ReduceSeatsRequest::default()
    };
    let refusal = refused(
        fixture
            .connection
            .entitlements()
            .reduce_seats(request)
            .await,
    );
    refusal
        .is(Code::FailedPrecondition, ErrorReason::SeatReleaseRejected)
        .with("user", &fixture.user("u2"));
    assert_eq!(fixture.state().await, before);
}

async fn seats_lapse_and_a_renewal_brings_them_back(fixture: Fixture) {
    fixture.add_users(2).await;
    fixture.buy_for("suite", "order", 2, Some(DAY)).await;
    fixture.change(assign(&["suite"]), everyone()).await;
    let seats = fixture.entitlement("suite").await;
    assert_eq!(seats.purchases[0].state(), purchase::State::Active);

    // The old purchase lapsed long ago; only current seats are released.
    fixture.buy_for("suite", "old", 2, Some(-40 * DAY)).await;
    let request = ReduceSeatsRequest {
        name: fixture.entitlement_name("suite"),
        seat_count: 1,
        purchase_id: "order".to_owned(),
        release_users: fixture.users(&["u1"]),
        ..ReduceSeatsRequest::default()
    };
    let mut entitlements = fixture.connection.entitlements();
    entitlements.reduce_seats(request).await.unwrap();
    let seats = fixture.entitlement("suite").await;
    assert_eq!((seats.active_count, seats.suspended_count), (1, 2));

    fixture.renew("suite", "old", Some(-DAY)).await;
    let seats = fixture.entitlement("suite").await;
    assert_eq!((seats.warning_count, seats.available_count), (2, 2));
    fixture.renew("suite", "old", None).await;
    let seats = fixture.entitlement("suite").await;
    assert_eq!((seats.active_count, seats.available_count), (3, 2));
}

async fn suspended_seats_can_not_be_assigned(fixture: Fixture) {
    fixture.add_users(1).await;
    fixture.buy_for("suite", "old", 2, Some(-40 * DAY)).await;
    let transcript = fixture.change(assign(&["suite"]), everyone()).await;
    assert_eq!(
        transcript.violations("u1"),
        [ViolationType::EntitlementSuspended]
    );
    fixture.renew("suite", "old", Some(-DAY)).await;
    let transcript = fixture.change(assign(&["suite"]), everyone()).await;
    let warnings = &transcript.results[0].license_results[0].warnings;
    assert_eq!(warnings[0].r#type(), WarningType::SeatInGrace);
    let license = fixture.state().await.licenses[0].state();
    assert_eq!(license, license::State::Warning);
}

async fn a_purchase_can_not_be_renewed_backwards(fixture: Fixture) {
    fixture.buy_for("suite", "order", 2, Some(DAY)).await;
    let request = RenewPurchaseRequest {
        name: fixture.entitlement_name("suite"),
        purchase_id: "order".to_owned(),
        end_time: Some(moment(-DAY)),
        ..RenewPurchaseRequest::default()
    };
    let refusal = refused(
        fixture
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
    released_users_lose_the_product,
    no_user_releases_a_seat_when_one_of_them_cannot,
    seats_lapse_and_a_renewal_brings_them_back,
    suspended_seats_can_not_be_assigned,
    a_purchase_can_not_be_renewed_backwards,
    seats_held_are_counted,
    seats_bought_twice_add_up,
    a_purchase_repeated_buys_nothing_more,
    no_seat_that_is_held_is_given_back,
}
