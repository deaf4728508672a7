use seatkeeper_proto::v1::{
    BatchUpdateLicensesRequest, ErrorReason, Outcome, ShortagePolicy, ViolationType,
};
use seatkeeper_tests::{Scene, assign, everyone, listed, on_each_database};
use tonic::Code;

fn require_all(scene: &Scene) -> BatchUpdateLicensesRequest {
    BatchUpdateLicensesRequest {
        shortage_policy: ShortagePolicy::RequireAll.into(),
        ..scene.request(assign(&["suite"]), everyone())
    }
}

async fn the_last_users_find_no_seat(scene: Scene) {
    scene.add_users(3).await;
    scene.buy("suite", 2).await;
    let users = listed(scene.users(&["u3", "u2", "u1"]));
    let told = scene.change(assign(&["suite"]), users).await;
    let expected = [Outcome::Assigned, Outcome::Assigned, Outcome::Failed];
    assert_eq!(told.outcome_of_each(), expected);
    assert_eq!(told.violations("u1"), [ViolationType::SeatsExhausted]);
}

async fn a_user_without_a_seat_is_told_how_many_there_are(scene: Scene) {
    scene.add_users(1).await;
    scene.buy("suite", 1).await;
    scene.change(assign(&["suite"]), everyone()).await;
    let person = scene.person("late", "CH");
    scene.import_users(vec![person]).await;
    let told = scene
        .change(assign(&["suite"]), listed(scene.users(&["late"])))
        .await;
    let violation = &told.results[0].license_results[0].violations[0];
    assert_eq!(violation.available_count, Some(0));
}

async fn seats_are_never_oversold(scene: Scene) {
    scene.add_users(5).await;
    scene.buy("suite", 3).await;
    let other = scene.clone();
    let (first, second) = tokio::join!(
        scene.change(assign(&["suite"]), everyone()),
        other.change(assign(&["suite"]), everyone()),
    );
    let assigned = first.count(Outcome::Assigned) + second.count(Outcome::Assigned);
    assert_eq!(assigned, 3);
    assert_eq!(scene.entitlement("suite").await.assigned_count, 3);
}

async fn require_all_is_refused_when_seats_are_short(scene: Scene) {
    scene.add_users(3).await;
    scene.buy("suite", 2).await;
    let refusal = scene.refusal(require_all(&scene)).await;
    refusal
        .is(Code::FailedPrecondition, ErrorReason::SeatsShort)
        .with("product_1", "products/suite")
        .with("needed_count_1", "3")
        .with("available_count_1", "2")
        .with("short_count_1", "1");
}

async fn require_all_names_each_product_that_is_short(scene: Scene) {
    scene.add_users(2).await;
    scene.buy("suite", 1).await;
    scene.buy("addon", 1).await;
    let request = BatchUpdateLicensesRequest {
        change: Some(assign(&["suite", "addon"])),
        ..require_all(&scene)
    };
    let refusal = scene.refusal(request).await;
    let violations = &refusal.details.precondition_failure().unwrap().violations;
    assert_eq!(violations.len(), 2);
    assert!(
        violations
            .iter()
            .all(|violation| violation.r#type == "SEATS_SHORT")
    );
}

async fn require_all_assigns_to_all_when_there_are_enough(scene: Scene) {
    scene.add_users(3).await;
    scene.buy("suite", 3).await;
    let told = scene.run(require_all(&scene)).await;
    assert_eq!(told.outcome_of_each(), [Outcome::Assigned; 3]);
}

async fn require_all_needs_no_seat_for_who_has_one(scene: Scene) {
    scene.add_users(3).await;
    scene.buy("suite", 3).await;
    scene
        .change(assign(&["suite"]), listed(scene.users(&["u1", "u2"])))
        .await;
    let told = scene.run(require_all(&scene)).await;
    assert_eq!(told.count(Outcome::Assigned), 1);
}

async fn require_all_gives_back_what_it_had_set_aside(scene: Scene) {
    scene.add_users(3).await;
    scene.buy("suite", 4).await;
    scene.run(require_all(&scene)).await;
    let entitlement = scene.entitlement("suite").await;
    assert_eq!(
        (entitlement.reserved_count, entitlement.available_count),
        (0, 1)
    );
}

on_each_database! {
    the_last_users_find_no_seat,
    a_user_without_a_seat_is_told_how_many_there_are,
    seats_are_never_oversold,
    require_all_is_refused_when_seats_are_short,
    require_all_names_each_product_that_is_short,
    require_all_assigns_to_all_when_there_are_enough,
    require_all_needs_no_seat_for_who_has_one,
    require_all_gives_back_what_it_had_set_aside,
}
