use seatkeeper_proto::v1::{BatchMode, BatchUpdateLicensesRequest, Outcome, ViolationType};
use seatkeeper_tests::{Fixture, Transcript, assign, everyone, on_each_database};

/// Seats of `suite` suffice for all users; the customer has no entitlement to `addon`.
async fn run(fixture: &Fixture, mode: BatchMode) -> Transcript {
    fixture.add_users(2).await;
    fixture.buy("suite", 2).await;
    let request = BatchUpdateLicensesRequest {
        mode: mode.into(),
        ..fixture.request(assign(&["suite", "addon"]), everyone())
    };
    fixture.run(request).await
}

async fn per_user_applies_whole_or_not_at_all(fixture: Fixture) {
    let transcript = run(&fixture, BatchMode::PerUser).await;
    assert_eq!(
        transcript.violations("u1"),
        [ViolationType::OtherChangeFailed]
    );
    assert_eq!(fixture.holdings().await, [""; 0]);
}

async fn per_user_is_the_default(fixture: Fixture) {
    let transcript = run(&fixture, BatchMode::Unspecified).await;
    let batch = transcript.finished.unwrap().batch.unwrap();
    assert_eq!(batch.mode(), BatchMode::PerUser);
}

async fn per_license_decides_each_product_by_itself(fixture: Fixture) {
    let transcript = run(&fixture, BatchMode::PerLicense).await;
    let outcomes = [Outcome::Assigned, Outcome::Failed];
    assert_eq!(transcript.outcomes(), [outcomes, outcomes]);
    assert_eq!(fixture.holdings().await, ["u1:suite", "u2:suite"]);
}

async fn all_or_nothing(fixture: &Fixture, seats: i64) -> Transcript {
    fixture.add_users(3).await;
    fixture.buy("suite", seats).await;
    let request = BatchUpdateLicensesRequest {
        mode: BatchMode::AllOrNothing.into(),
        ..fixture.request(assign(&["suite"]), everyone())
    };
    fixture.run(request).await
}

async fn all_or_nothing_applies_where_everyone_is_fine(fixture: Fixture) {
    let transcript = all_or_nothing(&fixture, 3).await;
    assert_eq!(transcript.outcome_of_each(), [Outcome::Assigned; 3]);
}

async fn all_or_nothing_applies_to_no_user_if_one_fails(fixture: Fixture) {
    let transcript = all_or_nothing(&fixture, 2).await;
    assert_eq!(transcript.outcome_of_each(), [Outcome::Failed; 3]);
    assert_eq!(fixture.holdings().await, [""; 0]);
    assert_eq!(fixture.entitlement("suite").await.assigned_count, 0);
}

async fn all_or_nothing_distinguishes_failed_users_from_the_others(fixture: Fixture) {
    let transcript = all_or_nothing(&fixture, 2).await;
    assert_eq!(
        transcript.violations("u1"),
        [ViolationType::OtherUserFailed]
    );
    assert_eq!(transcript.violations("u3"), [ViolationType::SeatsExhausted]);
}

on_each_database! {
    per_user_applies_whole_or_not_at_all,
    per_user_is_the_default,
    per_license_decides_each_product_by_itself,
    all_or_nothing_applies_where_everyone_is_fine,
    all_or_nothing_applies_to_no_user_if_one_fails,
    all_or_nothing_distinguishes_failed_users_from_the_others,
}
