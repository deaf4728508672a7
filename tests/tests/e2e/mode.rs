use seatkeeper_proto::v1::{BatchMode, BatchUpdateLicensesRequest, Outcome, ViolationType};
use seatkeeper_tests::{Scene, Transcript, assign, everyone, on_each_database};

/// There are seats of `suite` for everyone, and nobody is entitled to `addon`.
async fn run(scene: &Scene, mode: BatchMode) -> Transcript {
    scene.add_users(2).await;
    scene.buy("suite", 2).await;
    let request = BatchUpdateLicensesRequest {
        mode: mode.into(),
        ..scene.request(assign(&["suite", "addon"]), everyone())
    };
    scene.run(request).await
}

async fn per_user_applies_whole_or_not_at_all(scene: Scene) {
    let told = run(&scene, BatchMode::PerUser).await;
    assert_eq!(told.violations("u1"), [ViolationType::OtherChangeFailed]);
    assert_eq!(scene.holdings().await, [""; 0]);
}

async fn per_user_is_the_default(scene: Scene) {
    let told = run(&scene, BatchMode::Unspecified).await;
    let batch = told.finished.unwrap().batch.unwrap();
    assert_eq!(batch.mode(), BatchMode::PerUser);
}

async fn per_license_judges_each_product_by_itself(scene: Scene) {
    let told = run(&scene, BatchMode::PerLicense).await;
    let outcomes = [Outcome::Assigned, Outcome::Failed];
    assert_eq!(told.outcomes(), [outcomes, outcomes]);
    assert_eq!(scene.holdings().await, ["u1:suite", "u2:suite"]);
}

async fn all_or_nothing(scene: &Scene, seats: i64) -> Transcript {
    scene.add_users(3).await;
    scene.buy("suite", seats).await;
    let request = BatchUpdateLicensesRequest {
        mode: BatchMode::AllOrNothing.into(),
        ..scene.request(assign(&["suite"]), everyone())
    };
    scene.run(request).await
}

async fn all_or_nothing_applies_where_everyone_is_fine(scene: Scene) {
    let told = all_or_nothing(&scene, 3).await;
    assert_eq!(told.outcome_of_each(), [Outcome::Assigned; 3]);
}

async fn all_or_nothing_applies_to_nobody_where_one_fails(scene: Scene) {
    let told = all_or_nothing(&scene, 2).await;
    assert_eq!(told.outcome_of_each(), [Outcome::Failed; 3]);
    assert_eq!(scene.holdings().await, [""; 0]);
    assert_eq!(scene.entitlement("suite").await.assigned_count, 0);
}

async fn all_or_nothing_tells_who_failed_and_who_would_have_been_fine(scene: Scene) {
    let told = all_or_nothing(&scene, 2).await;
    assert_eq!(told.violations("u1"), [ViolationType::OtherUserFailed]);
    assert_eq!(told.violations("u3"), [ViolationType::SeatsExhausted]);
}

on_each_database! {
    per_user_applies_whole_or_not_at_all,
    per_user_is_the_default,
    per_license_judges_each_product_by_itself,
    all_or_nothing_applies_where_everyone_is_fine,
    all_or_nothing_applies_to_nobody_where_one_fails,
    all_or_nothing_tells_who_failed_and_who_would_have_been_fine,
}
