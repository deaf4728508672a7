//! Every time that a server sends can be expressed by the contract: the years 1 to 9999.

use prost_types::Timestamp;
use seatkeeper_proto::v1::{ErrorReason, PurchaseSeatsRequest, RenewPurchaseRequest};
use seatkeeper_tests::{DAY, Fixture, Refusal, on_each_database, refused};
use tonic::{Code, Status};

/// 9999-12-31T23:59:59.999999Z.
const LAST: Timestamp = Timestamp {
    seconds: 253_402_300_799,
    nanos: 999_999_000,
};

/// The latest end of a purchase, whose grace of 30 days ends with the last moment of the year 9999.
const LATEST_END: Timestamp = Timestamp {
    seconds: LAST.seconds - 30 * DAY,
    ..LAST
};

/// A microsecond later.
const TOO_LATE: Timestamp = Timestamp {
    seconds: LATEST_END.seconds + 1,
    nanos: 0,
};

async fn purchase(fixture: &Fixture, end_time: Timestamp) -> Result<(), Status> {
    let request = PurchaseSeatsRequest {
        name: fixture.entitlement_name("suite"),
        purchase_id: format!("until-{}", end_time.seconds),
        seat_count: 1,
        end_time: Some(end_time),
        ..PurchaseSeatsRequest::default()
    };
    let mut entitlements = fixture.connection.entitlements();
    entitlements.purchase_seats(request).await.map(drop)
}

fn is_too_late(refusal: &Refusal) {
    refusal
        .is(Code::InvalidArgument, ErrorReason::InvalidField)
        .at("end_time")
        .with("maximum", "9999-12-01T23:59:59.999999Z");
}

async fn the_grace_of_a_purchase_ends_with_the_year_9999_at_the_latest(fixture: Fixture) {
    purchase(&fixture, LATEST_END).await.unwrap();
    let bought = fixture.entitlement("suite").await.purchases;
    assert_eq!(bought[0].end_time, Some(LATEST_END));
    assert_eq!(bought[0].grace_end_time, Some(LAST));
}

async fn a_purchase_whose_grace_would_end_later_is_refused(fixture: Fixture) {
    for end_time in [TOO_LATE, LAST] {
        is_too_late(&refused(purchase(&fixture, end_time).await));
    }
    assert_eq!(fixture.state().await.entitlements, []);
}

async fn a_renewal_whose_grace_would_end_later_is_refused(fixture: Fixture) {
    fixture.buy_for("suite", "order", 1, Some(DAY)).await;
    let before = fixture.state().await;
    for end_time in [TOO_LATE, LAST] {
        let request = RenewPurchaseRequest {
            name: fixture.entitlement_name("suite"),
            purchase_id: "order".to_owned(),
            end_time: Some(end_time),
            ..RenewPurchaseRequest::default()
        };
        let mut entitlements = fixture.connection.entitlements();
        is_too_late(&refused(entitlements.renew_purchase(request).await));
    }
    assert_eq!(fixture.state().await, before);
}

on_each_database! {
    the_grace_of_a_purchase_ends_with_the_year_9999_at_the_latest,
    a_purchase_whose_grace_would_end_later_is_refused,
    a_renewal_whose_grace_would_end_later_is_refused,
}
