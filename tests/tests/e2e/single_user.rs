use seatkeeper_proto::v1::{
    Change, ErrorReason, LicenseResult, Outcome, UpdateUserLicensesRequest,
    UpdateUserLicensesResponse, ViolationType,
};
use seatkeeper_tests::{Fixture, assign, on_each_database, refused, swap};
use tonic::{Code, Status};

fn request(fixture: &Fixture, user: &str, change: Change) -> UpdateUserLicensesRequest {
    UpdateUserLicensesRequest {
        name: fixture.user(user),
        change: Some(change),
        ..UpdateUserLicensesRequest::default()
    }
}

async fn update(
    fixture: &Fixture,
    request: UpdateUserLicensesRequest,
) -> Result<UpdateUserLicensesResponse, Status> {
    let answer = fixture
        .connection
        .licenses()
        .update_user_licenses(request)
        .await;
    answer.map(tonic::Response::into_inner)
}

fn outcomes(answer: &UpdateUserLicensesResponse) -> Vec<Outcome> {
    let products = answer.result.as_ref().unwrap().license_results.iter();
    products.map(LicenseResult::outcome).collect()
}

async fn one_user(fixture: &Fixture) {
    fixture.add_users(1).await;
    fixture.buy("suite", 1).await;
}

async fn a_product_is_assigned(fixture: Fixture) {
    one_user(&fixture).await;
    let answer = update(&fixture, request(&fixture, "u1", assign(&["suite"]))).await;
    assert_eq!(outcomes(&answer.unwrap()), [Outcome::Assigned]);
    assert_eq!(fixture.holdings().await, ["u1:suite"]);
}

async fn the_response_lists_the_licenses_held_afterwards(fixture: Fixture) {
    one_user(&fixture).await;
    let answer = update(&fixture, request(&fixture, "u1", assign(&["suite"]))).await;
    let held = answer.unwrap().result.unwrap().licenses;
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].product, "products/suite");
}

async fn products_are_swapped(fixture: Fixture) {
    one_user(&fixture).await;
    fixture.buy("lite", 1).await;
    update(&fixture, request(&fixture, "u1", assign(&["suite"])))
        .await
        .unwrap();
    let answer = update(
        &fixture,
        request(&fixture, "u1", swap(&["suite"], &["lite"])),
    )
    .await;
    assert_eq!(
        outcomes(&answer.unwrap()),
        [Outcome::Assigned, Outcome::Revoked]
    );
}

async fn rule_violations_are_results(fixture: Fixture) {
    one_user(&fixture).await;
    let answer = update(&fixture, request(&fixture, "u1", assign(&["lite"]))).await;
    let result = answer.unwrap().result.unwrap();
    let violation = result.license_results[0].violations[0].r#type();
    assert_eq!(violation, ViolationType::NotEntitled);
}

async fn a_dry_run_writes_nothing(fixture: Fixture) {
    one_user(&fixture).await;
    let rehearsed = UpdateUserLicensesRequest {
        validate_only: true,
        ..request(&fixture, "u1", assign(&["suite"]))
    };
    let before = fixture.state().await;
    let answer = update(&fixture, rehearsed).await.unwrap();
    assert_eq!(outcomes(&answer), [Outcome::Assigned]);
    assert_eq!(fixture.state().await, before);
}

async fn a_request_repeated_answers_as_the_first_time(fixture: Fixture) {
    one_user(&fixture).await;
    let request = UpdateUserLicensesRequest {
        request_id: "once".to_owned(),
        ..request(&fixture, "u1", assign(&["suite"]))
    };
    let first = update(&fixture, request.clone()).await.unwrap();
    let second = update(&fixture, request).await.unwrap();
    assert_eq!(second.result, first.result);
}

async fn an_unknown_user_is_refused(fixture: Fixture) {
    one_user(&fixture).await;
    let refusal = refused(update(&fixture, request(&fixture, "nobody", assign(&["suite"]))).await);
    refusal
        .is(Code::NotFound, ErrorReason::UserNotFound)
        .with("name", &fixture.user("nobody"));
}

on_each_database! {
    a_product_is_assigned,
    the_response_lists_the_licenses_held_afterwards,
    products_are_swapped,
    rule_violations_are_results,
    a_dry_run_writes_nothing,
    a_request_repeated_answers_as_the_first_time,
    an_unknown_user_is_refused,
}
