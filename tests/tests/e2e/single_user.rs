use seatkeeper_proto::v1::{
    Change, ErrorReason, LicenseResult, Outcome, UpdateUserLicensesRequest,
    UpdateUserLicensesResponse, ViolationType,
};
use seatkeeper_tests::{Scene, assign, on_each_database, refused, swap};
use tonic::{Code, Status};

fn request(scene: &Scene, user: &str, change: Change) -> UpdateUserLicensesRequest {
    UpdateUserLicensesRequest {
        name: scene.user(user),
        change: Some(change),
        ..UpdateUserLicensesRequest::default()
    }
}

async fn update(
    scene: &Scene,
    request: UpdateUserLicensesRequest,
) -> Result<UpdateUserLicensesResponse, Status> {
    let answer = scene
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

async fn one_user(scene: &Scene) {
    scene.add_users(1).await;
    scene.buy("suite", 1).await;
}

async fn a_product_is_assigned(scene: Scene) {
    one_user(&scene).await;
    let answer = update(&scene, request(&scene, "u1", assign(&["suite"]))).await;
    assert_eq!(outcomes(&answer.unwrap()), [Outcome::Assigned]);
    assert_eq!(scene.holdings().await, ["u1:suite"]);
}

async fn the_answer_tells_what_is_held_afterwards(scene: Scene) {
    one_user(&scene).await;
    let answer = update(&scene, request(&scene, "u1", assign(&["suite"]))).await;
    let held = answer.unwrap().result.unwrap().licenses;
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].product, "products/suite");
}

async fn products_are_swapped(scene: Scene) {
    one_user(&scene).await;
    scene.buy("lite", 1).await;
    update(&scene, request(&scene, "u1", assign(&["suite"])))
        .await
        .unwrap();
    let answer = update(&scene, request(&scene, "u1", swap(&["suite"], &["lite"]))).await;
    assert_eq!(
        outcomes(&answer.unwrap()),
        [Outcome::Assigned, Outcome::Revoked]
    );
}

async fn what_the_rules_forbid_is_a_result(scene: Scene) {
    one_user(&scene).await;
    let answer = update(&scene, request(&scene, "u1", assign(&["lite"]))).await;
    let result = answer.unwrap().result.unwrap();
    let violation = result.license_results[0].violations[0].r#type();
    assert_eq!(violation, ViolationType::NotEntitled);
}

async fn a_dry_run_writes_nothing(scene: Scene) {
    one_user(&scene).await;
    let rehearsed = UpdateUserLicensesRequest {
        validate_only: true,
        ..request(&scene, "u1", assign(&["suite"]))
    };
    let before = scene.state().await;
    let answer = update(&scene, rehearsed).await.unwrap();
    assert_eq!(outcomes(&answer), [Outcome::Assigned]);
    assert_eq!(scene.state().await, before);
}

async fn a_request_repeated_answers_as_the_first_time(scene: Scene) {
    one_user(&scene).await;
    let request = UpdateUserLicensesRequest {
        request_id: "once".to_owned(),
        ..request(&scene, "u1", assign(&["suite"]))
    };
    let first = update(&scene, request.clone()).await.unwrap();
    let second = update(&scene, request).await.unwrap();
    assert_eq!(second.result, first.result);
}

async fn an_unknown_user_is_refused(scene: Scene) {
    one_user(&scene).await;
    let refusal = refused(update(&scene, request(&scene, "nobody", assign(&["suite"]))).await);
    refusal
        .is(Code::NotFound, ErrorReason::UserNotFound)
        .with("name", &scene.user("nobody"));
}

on_each_database! {
    a_product_is_assigned,
    the_answer_tells_what_is_held_afterwards,
    products_are_swapped,
    what_the_rules_forbid_is_a_result,
    a_dry_run_writes_nothing,
    a_request_repeated_answers_as_the_first_time,
    an_unknown_user_is_refused,
}
