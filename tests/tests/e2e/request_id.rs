use seatkeeper_proto::v1::{
    BatchUpdateLicensesRequest, ErrorReason, Outcome, PurchaseSeatsRequest,
};
use seatkeeper_tests::{
    Fixture, OwnServer, assign, everyone, listed, on_each_database, refused, revoke,
};
use tonic::Code;

fn request(fixture: &Fixture) -> BatchUpdateLicensesRequest {
    BatchUpdateLicensesRequest {
        request_id: "once".to_owned(),
        ..fixture.request(assign(&["suite"]), everyone())
    }
}

async fn populate(fixture: &Fixture) {
    fixture.add_users(3).await;
    fixture.buy("suite", 3).await;
}

async fn a_request_repeated_joins_the_batch(fixture: Fixture) {
    populate(&fixture).await;
    let first = fixture.run(request(&fixture)).await;
    let second = fixture.run(request(&fixture)).await;
    assert_eq!(second.batch(), first.batch());
    assert!(second.started.unwrap().joined);
}

async fn a_request_repeated_is_answered_from_the_first_result_on(fixture: Fixture) {
    populate(&fixture).await;
    let first = fixture.run(request(&fixture)).await;
    let second = fixture.run(request(&fixture)).await;
    assert_eq!(second.results, first.results);
    assert_eq!(second.outcome_of_each(), [Outcome::Assigned; 3]);
}

async fn a_request_repeated_joins_after_a_crash(mut own: OwnServer) {
    populate(&own.fixture).await;
    let first = own.fixture.run(request(&own.fixture)).await;
    own.server.kill();
    own.start_again().await;
    let second = own.fixture.run(request(&own.fixture)).await;
    assert_eq!(second.batch(), first.batch());
    assert_eq!(second.results, first.results);
}

async fn another_delivery_is_the_same_request(fixture: Fixture) {
    populate(&fixture).await;
    let first = fixture.run(request(&fixture)).await;
    let repeated = BatchUpdateLicensesRequest {
        max_results_per_message: 1,
        ..request(&fixture)
    };
    assert_eq!(fixture.run(repeated).await.batch(), first.batch());
}

fn reused(refusal: &seatkeeper_tests::Refusal) {
    refusal
        .is(Code::AlreadyExists, ErrorReason::RequestIdReused)
        .with("request_id", "once");
}

async fn another_change_is_refused(fixture: Fixture) {
    populate(&fixture).await;
    fixture.run(request(&fixture)).await;
    let other = BatchUpdateLicensesRequest {
        change: Some(revoke(&["suite"])),
        ..request(&fixture)
    };
    reused(&fixture.refusal(other).await);
}

async fn another_selection_is_refused(fixture: Fixture) {
    populate(&fixture).await;
    fixture.run(request(&fixture)).await;
    let other = BatchUpdateLicensesRequest {
        selection: Some(listed(fixture.users(&["u1"]))),
        ..request(&fixture)
    };
    reused(&fixture.refusal(other).await);
}

async fn another_kind_of_request_is_refused(fixture: Fixture) {
    populate(&fixture).await;
    fixture.run(request(&fixture)).await;
    let before = fixture.state().await;
    let purchase = PurchaseSeatsRequest {
        name: fixture.entitlement_name("suite"),
        seat_count: 1,
        request_id: "once".to_owned(),
        ..PurchaseSeatsRequest::default()
    };
    let answer = fixture
        .connection
        .entitlements()
        .purchase_seats(purchase)
        .await;
    reused(&refused(answer));
    assert_eq!(fixture.state().await, before);
}

async fn an_identifier_that_is_none_is_refused(fixture: Fixture) {
    populate(&fixture).await;
    let wrong = BatchUpdateLicensesRequest {
        request_id: "once upon a time".to_owned(),
        ..request(&fixture)
    };
    fixture
        .refusal(wrong)
        .await
        .is(Code::InvalidArgument, ErrorReason::InvalidField)
        .at("request_id");
}

on_each_database! {
    a_request_repeated_joins_the_batch,
    a_request_repeated_is_answered_from_the_first_result_on,
    a_request_repeated_joins_after_a_crash,
    another_delivery_is_the_same_request,
    another_change_is_refused,
    another_selection_is_refused,
    another_kind_of_request_is_refused,
    an_identifier_that_is_none_is_refused,
}
