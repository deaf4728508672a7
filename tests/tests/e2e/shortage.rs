use seatkeeper_proto::v1::{
    BatchMode, BatchUpdateLicensesRequest, ErrorReason, Outcome, ShortagePolicy,
    UpdateUserLicensesRequest, User, ViolationType, user,
};
use seatkeeper_tests::{Fixture, assign, everyone, listed, on_each_database};
use tonic::Code;

fn require_all(fixture: &Fixture) -> BatchUpdateLicensesRequest {
    BatchUpdateLicensesRequest {
        shortage_policy: ShortagePolicy::RequireAll.into(),
        ..fixture.request(assign(&["suite"]), everyone())
    }
}

async fn the_last_users_find_no_seat(fixture: Fixture) {
    fixture.add_users(3).await;
    fixture.buy("suite", 2).await;
    let users = listed(fixture.users(&["u3", "u2", "u1"]));
    let transcript = fixture.change(assign(&["suite"]), users).await;
    let expected = [Outcome::Assigned, Outcome::Assigned, Outcome::Failed];
    assert_eq!(transcript.outcome_of_each(), expected);
    assert_eq!(transcript.violations("u1"), [ViolationType::SeatsExhausted]);
}

async fn a_user_without_a_seat_gets_the_seat_counts(fixture: Fixture) {
    fixture.add_users(1).await;
    fixture.buy("suite", 1).await;
    fixture.change(assign(&["suite"]), everyone()).await;
    let person = fixture.person("late", "CH");
    fixture.import_users(vec![person]).await;
    let transcript = fixture
        .change(assign(&["suite"]), listed(fixture.users(&["late"])))
        .await;
    let violation = &transcript.results[0].license_results[0].violations[0];
    assert_eq!(violation.available_count, Some(0));
}

async fn seats_are_never_oversold(fixture: Fixture) {
    fixture.add_users(5).await;
    fixture.buy("suite", 3).await;
    let other = fixture.clone();
    let (first, second) = tokio::join!(
        fixture.change(assign(&["suite"]), everyone()),
        other.change(assign(&["suite"]), everyone()),
    );
    let assigned = first.count(Outcome::Assigned) + second.count(Outcome::Assigned);
    assert_eq!(assigned, 3);
    assert_eq!(fixture.entitlement("suite").await.assigned_count, 3);
}

async fn require_all_is_refused_when_seats_are_short(fixture: Fixture) {
    fixture.add_users(3).await;
    fixture.buy("suite", 2).await;
    let refusal = fixture.refusal(require_all(&fixture)).await;
    refusal
        .is(Code::FailedPrecondition, ErrorReason::SeatsShort)
        .with("product_1", "products/suite")
        .with("needed_count_1", "3")
        .with("available_count_1", "2")
        .with("short_count_1", "1");
}

async fn require_all_names_each_product_that_is_short(fixture: Fixture) {
    fixture.add_users(2).await;
    fixture.buy("suite", 1).await;
    fixture.buy("addon", 1).await;
    let request = BatchUpdateLicensesRequest {
        change: Some(assign(&["suite", "addon"])),
        ..require_all(&fixture)
    };
    let refusal = fixture.refusal(request).await;
    let violations = &refusal.details.precondition_failure().unwrap().violations;
    assert_eq!(violations.len(), 2);
    assert!(
        violations
            .iter()
            .all(|violation| violation.r#type == "SEATS_SHORT")
    );
}

async fn require_all_assigns_to_all_when_there_are_enough(fixture: Fixture) {
    fixture.add_users(3).await;
    fixture.buy("suite", 3).await;
    let transcript = fixture.run(require_all(&fixture)).await;
    assert_eq!(transcript.outcome_of_each(), [Outcome::Assigned; 3]);
}

async fn require_all_needs_no_seat_for_who_has_one(fixture: Fixture) {
    fixture.add_users(3).await;
    fixture.buy("suite", 3).await;
    fixture
        .change(assign(&["suite"]), listed(fixture.users(&["u1", "u2"])))
        .await;
    let transcript = fixture.run(require_all(&fixture)).await;
    assert_eq!(transcript.count(Outcome::Assigned), 1);
}

async fn require_all_gives_back_what_it_had_set_aside(fixture: Fixture) {
    fixture.add_users(3).await;
    fixture.buy("suite", 4).await;
    fixture.run(require_all(&fixture)).await;
    let entitlement = fixture.entitlement("suite").await;
    assert_eq!(
        (entitlement.reserved_count, entitlement.available_count),
        (0, 1)
    );
}

fn buy_more(fixture: &Fixture) -> BatchUpdateLicensesRequest {
    BatchUpdateLicensesRequest {
        shortage_policy: ShortagePolicy::BuyMore.into(),
        ..fixture.request(assign(&["suite"]), everyone())
    }
}

async fn buy_more_buys_what_is_missing_once(fixture: Fixture) {
    fixture.add_users(3).await;
    fixture.buy("suite", 1).await;
    let request = BatchUpdateLicensesRequest {
        request_id: "once".to_owned(),
        ..buy_more(&fixture)
    };
    let transcript = fixture.run(request.clone()).await;
    assert_eq!(transcript.outcome_of_each(), [Outcome::Assigned; 3]);
    assert_eq!(transcript.summary().seats_bought[0].seat_count, 2);
    fixture.run(request).await;
    let seats = fixture.entitlement("suite").await;
    assert_eq!((seats.purchased_count, seats.available_count), (3, 0));
    assert!(
        transcript
            .batch()
            .ends_with(&seats.purchases[1].purchase_id)
    );
}

async fn buy_more_makes_an_entitlement_where_there_is_none(fixture: Fixture) {
    fixture.add_users(2).await;
    let transcript = fixture.run(buy_more(&fixture)).await;
    assert_eq!(transcript.outcome_of_each(), [Outcome::Assigned; 2]);
    assert_eq!(fixture.entitlement("suite").await.active_count, 2);
}

async fn buy_more_buys_nothing_for_a_user_who_fails_otherwise(fixture: Fixture) {
    let blocked = User {
        state: user::State::Blocked.into(),
        ..fixture.person("blocked", "CH")
    };
    fixture.import_users(vec![blocked]).await;
    let transcript = fixture.run(buy_more(&fixture)).await;
    assert_eq!(
        transcript.violations("blocked"),
        [ViolationType::UserBlocked]
    );
    assert_eq!(transcript.summary().seats_bought, []);
    assert_eq!(fixture.state().await.entitlements, []);
}

async fn buy_more_in_a_dry_run_reports_and_buys_nothing(fixture: Fixture) {
    fixture.add_users(3).await;
    fixture.buy("suite", 1).await;
    let request = BatchUpdateLicensesRequest {
        validate_only: true,
        ..buy_more(&fixture)
    };
    let transcript = fixture.run(request).await;
    assert_eq!(transcript.outcome_of_each(), [Outcome::Assigned; 3]);
    assert_eq!(transcript.summary().seats_bought[0].seat_count, 2);
    assert_eq!(fixture.entitlement("suite").await.purchased_count, 1);
}

async fn buy_more_for_all_or_nothing_buys_for_all_at_once(fixture: Fixture) {
    fixture.add_users(3).await;
    let request = BatchUpdateLicensesRequest {
        mode: BatchMode::AllOrNothing.into(),
        ..buy_more(&fixture)
    };
    let transcript = fixture.run(request).await;
    assert_eq!(transcript.outcome_of_each(), [Outcome::Assigned; 3]);
    assert_eq!(fixture.entitlement("suite").await.purchased_count, 3);
}

async fn buy_more_for_one_user_buys_one_seat(fixture: Fixture) {
    fixture.add_users(1).await;
    let request = UpdateUserLicensesRequest {
        name: fixture.user("u1"),
        change: Some(assign(&["suite"])),
        shortage_policy: ShortagePolicy::BuyMore.into(),
        request_id: "once".to_owned(),
        ..UpdateUserLicensesRequest::default()
    };
    let mut licenses = fixture.connection.licenses();
    for _ in 0..2 {
        licenses
            .update_user_licenses(request.clone())
            .await
            .unwrap();
    }
    let seats = fixture.entitlement("suite").await;
    assert_eq!((seats.purchased_count, seats.assigned_count), (1, 1));
}

on_each_database! {
    buy_more_buys_what_is_missing_once,
    buy_more_makes_an_entitlement_where_there_is_none,
    buy_more_buys_nothing_for_a_user_who_fails_otherwise,
    buy_more_in_a_dry_run_reports_and_buys_nothing,
    buy_more_for_all_or_nothing_buys_for_all_at_once,
    buy_more_for_one_user_buys_one_seat,
    the_last_users_find_no_seat,
    a_user_without_a_seat_gets_the_seat_counts,
    seats_are_never_oversold,
    require_all_is_refused_when_seats_are_short,
    require_all_names_each_product_that_is_short,
    require_all_assigns_to_all_when_there_are_enough,
    require_all_needs_no_seat_for_who_has_one,
    require_all_gives_back_what_it_had_set_aside,
}
