use seatkeeper_proto::v1::{
    BatchMode, BatchUpdateLicensesRequest, ErrorReason, Outcome, ShortagePolicy,
    UpdateUserLicensesRequest, User, ViolationType, user,
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

fn buy_more(scene: &Scene) -> BatchUpdateLicensesRequest {
    BatchUpdateLicensesRequest {
        shortage_policy: ShortagePolicy::BuyMore.into(),
        ..scene.request(assign(&["suite"]), everyone())
    }
}

async fn buy_more_buys_what_is_missing_once(scene: Scene) {
    scene.add_users(3).await;
    scene.buy("suite", 1).await;
    let request = BatchUpdateLicensesRequest {
        request_id: "once".to_owned(),
        ..buy_more(&scene)
    };
    let told = scene.run(request.clone()).await;
    assert_eq!(told.outcome_of_each(), [Outcome::Assigned; 3]);
    assert_eq!(told.summary().seats_bought[0].seat_count, 2);
    scene.run(request).await;
    let seats = scene.entitlement("suite").await;
    assert_eq!((seats.purchased_count, seats.available_count), (3, 0));
    assert!(told.batch().ends_with(&seats.purchases[1].purchase_id));
}

async fn buy_more_makes_an_entitlement_where_there_is_none(scene: Scene) {
    scene.add_users(2).await;
    let told = scene.run(buy_more(&scene)).await;
    assert_eq!(told.outcome_of_each(), [Outcome::Assigned; 2]);
    assert_eq!(scene.entitlement("suite").await.active_count, 2);
}

async fn buy_more_buys_nothing_for_a_user_who_fails_otherwise(scene: Scene) {
    let blocked = User {
        state: user::State::Blocked.into(),
        ..scene.person("blocked", "CH")
    };
    scene.import_users(vec![blocked]).await;
    let told = scene.run(buy_more(&scene)).await;
    assert_eq!(told.violations("blocked"), [ViolationType::UserBlocked]);
    assert_eq!(told.summary().seats_bought, []);
    assert_eq!(scene.state().await.entitlements, []);
}

async fn buy_more_in_a_dry_run_tells_and_buys_nothing(scene: Scene) {
    scene.add_users(3).await;
    scene.buy("suite", 1).await;
    let request = BatchUpdateLicensesRequest {
        validate_only: true,
        ..buy_more(&scene)
    };
    let told = scene.run(request).await;
    assert_eq!(told.outcome_of_each(), [Outcome::Assigned; 3]);
    assert_eq!(told.summary().seats_bought[0].seat_count, 2);
    assert_eq!(scene.entitlement("suite").await.purchased_count, 1);
}

async fn buy_more_for_all_or_nothing_buys_for_all_at_once(scene: Scene) {
    scene.add_users(3).await;
    let request = BatchUpdateLicensesRequest {
        mode: BatchMode::AllOrNothing.into(),
        ..buy_more(&scene)
    };
    let told = scene.run(request).await;
    assert_eq!(told.outcome_of_each(), [Outcome::Assigned; 3]);
    assert_eq!(scene.entitlement("suite").await.purchased_count, 3);
}

async fn buy_more_for_one_user_buys_one_seat(scene: Scene) {
    scene.add_users(1).await;
    let request = UpdateUserLicensesRequest {
        name: scene.user("u1"),
        change: Some(assign(&["suite"])),
        shortage_policy: ShortagePolicy::BuyMore.into(),
        request_id: "once".to_owned(),
        ..UpdateUserLicensesRequest::default()
    };
    let mut licenses = scene.connection.licenses();
    for _ in 0..2 {
        licenses
            .update_user_licenses(request.clone())
            .await
            .unwrap();
    }
    let seats = scene.entitlement("suite").await;
    assert_eq!((seats.purchased_count, seats.assigned_count), (1, 1));
}

on_each_database! {
    buy_more_buys_what_is_missing_once,
    buy_more_makes_an_entitlement_where_there_is_none,
    buy_more_buys_nothing_for_a_user_who_fails_otherwise,
    buy_more_in_a_dry_run_tells_and_buys_nothing,
    buy_more_for_all_or_nothing_buys_for_all_at_once,
    buy_more_for_one_user_buys_one_seat,
    the_last_users_find_no_seat,
    a_user_without_a_seat_is_told_how_many_there_are,
    seats_are_never_oversold,
    require_all_is_refused_when_seats_are_short,
    require_all_names_each_product_that_is_short,
    require_all_assigns_to_all_when_there_are_enough,
    require_all_needs_no_seat_for_who_has_one,
    require_all_gives_back_what_it_had_set_aside,
}
