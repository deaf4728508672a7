use seatkeeper_proto::v1::{
    BatchUpdateLicensesRequest, ErrorReason, Outcome, PurchaseSeatsRequest,
};
use seatkeeper_tests::{Own, Scene, assign, everyone, listed, on_each_database, refused, revoke};
use tonic::Code;

fn request(scene: &Scene) -> BatchUpdateLicensesRequest {
    BatchUpdateLicensesRequest {
        request_id: "once".to_owned(),
        ..scene.request(assign(&["suite"]), everyone())
    }
}

async fn furnish(scene: &Scene) {
    scene.add_users(3).await;
    scene.buy("suite", 3).await;
}

async fn a_request_repeated_joins_the_batch(scene: Scene) {
    furnish(&scene).await;
    let first = scene.run(request(&scene)).await;
    let second = scene.run(request(&scene)).await;
    assert_eq!(second.batch(), first.batch());
    assert!(second.started.unwrap().joined);
}

async fn a_request_repeated_is_answered_from_the_first_result_on(scene: Scene) {
    furnish(&scene).await;
    let first = scene.run(request(&scene)).await;
    let second = scene.run(request(&scene)).await;
    assert_eq!(second.results, first.results);
    assert_eq!(second.outcome_of_each(), [Outcome::Assigned; 3]);
}

async fn a_request_repeated_joins_after_a_crash(mut own: Own) {
    furnish(&own.scene).await;
    let first = own.scene.run(request(&own.scene)).await;
    own.server.kill();
    own.start_again().await;
    let second = own.scene.run(request(&own.scene)).await;
    assert_eq!(second.batch(), first.batch());
    assert_eq!(second.results, first.results);
}

async fn another_delivery_is_the_same_request(scene: Scene) {
    furnish(&scene).await;
    let first = scene.run(request(&scene)).await;
    let repeated = BatchUpdateLicensesRequest {
        max_results_per_message: 1,
        ..request(&scene)
    };
    assert_eq!(scene.run(repeated).await.batch(), first.batch());
}

fn reused(refusal: &seatkeeper_tests::Refusal) {
    refusal
        .is(Code::AlreadyExists, ErrorReason::RequestIdReused)
        .with("request_id", "once");
}

async fn another_change_is_refused(scene: Scene) {
    furnish(&scene).await;
    scene.run(request(&scene)).await;
    let other = BatchUpdateLicensesRequest {
        change: Some(revoke(&["suite"])),
        ..request(&scene)
    };
    reused(&scene.refusal(other).await);
}

async fn another_selection_is_refused(scene: Scene) {
    furnish(&scene).await;
    scene.run(request(&scene)).await;
    let other = BatchUpdateLicensesRequest {
        selection: Some(listed(scene.users(&["u1"]))),
        ..request(&scene)
    };
    reused(&scene.refusal(other).await);
}

async fn another_kind_of_request_is_refused(scene: Scene) {
    furnish(&scene).await;
    scene.run(request(&scene)).await;
    let before = scene.state().await;
    let purchase = PurchaseSeatsRequest {
        name: scene.entitlement_name("suite"),
        seat_count: 1,
        request_id: "once".to_owned(),
        ..PurchaseSeatsRequest::default()
    };
    let answer = scene
        .connection
        .entitlements()
        .purchase_seats(purchase)
        .await;
    reused(&refused(answer));
    assert_eq!(scene.state().await, before);
}

async fn an_identifier_that_is_none_is_refused(scene: Scene) {
    furnish(&scene).await;
    let wrong = BatchUpdateLicensesRequest {
        request_id: "once upon a time".to_owned(),
        ..request(&scene)
    };
    scene
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
