use seatkeeper_proto::v1::{User, Violation, ViolationType, user};
use seatkeeper_tests::{
    Fixture, assign, everyone, listed, on_each_database, plan, product, revoke,
};

/// The only violation of assigning a product to the only user there is.
async fn violation(fixture: &Fixture, products: &[&str], person: User) -> Violation {
    fixture.import_users(vec![person]).await;
    for id in products {
        fixture.buy(id, 1).await;
    }
    let transcript = fixture.change(assign(products), everyone()).await;
    let mut results = transcript.results[0].license_results.clone();
    results.retain(|result| !result.violations.is_empty());
    results.remove(0).violations.remove(0)
}

async fn a_blocked_user(fixture: Fixture) {
    let person = User {
        state: user::State::Blocked.into(),
        ..fixture.person("ann", "CH")
    };
    let violation = violation(&fixture, &["suite"], person).await;
    assert_eq!(violation.r#type(), ViolationType::UserBlocked);
}

async fn a_missing_usage_location(fixture: Fixture) {
    let violation = violation(&fixture, &["suite"], fixture.person("ann", "")).await;
    assert_eq!(violation.r#type(), ViolationType::UsageLocationMissing);
}

async fn a_plan_prohibited_where_the_user_is(fixture: Fixture) {
    let person = fixture.person("ann", "IN");
    let violation = violation(&fixture, &["addon", "suite"], person).await;
    assert_eq!(violation.r#type(), ViolationType::ProhibitedInUsageLocation);
    assert_eq!(violation.service_plan, plan("addon", "meet"));
    assert_eq!(violation.usage_location, "IN");
}

async fn plans_that_exclude_one_another(fixture: Fixture) {
    let person = fixture.person("ann", "CH");
    let violation = violation(&fixture, &["suite", "lite"], person).await;
    assert_eq!(violation.r#type(), ViolationType::MutuallyExclusive);
    assert_eq!(violation.exclusion_group, "Mailboxes");
    assert_eq!(violation.conflicting_product, product("lite"));
}

async fn a_plan_that_needs_another(fixture: Fixture) {
    let violation = violation(&fixture, &["addon"], fixture.person("ann", "CH")).await;
    assert_eq!(violation.r#type(), ViolationType::DependencyMissing);
    assert_eq!(violation.service_plan, plan("addon", "meet"));
    assert_eq!(violation.needed_service_plans, [plan("-", "chat")]);
}

async fn a_product_for_the_whole_company(fixture: Fixture) {
    let violation = violation(&fixture, &["tenant"], fixture.person("ann", "CH")).await;
    assert_eq!(violation.r#type(), ViolationType::NotAssignableToUser);
}

async fn a_product_that_was_never_bought(fixture: Fixture) {
    fixture.add_users(1).await;
    let transcript = fixture.change(assign(&["suite"]), everyone()).await;
    assert_eq!(transcript.violations("u1"), [ViolationType::NotEntitled]);
}

async fn an_unknown_user(fixture: Fixture) {
    fixture.buy("suite", 1).await;
    let transcript = fixture
        .change(assign(&["suite"]), listed(fixture.users(&["nobody"])))
        .await;
    assert_eq!(
        transcript.violations("nobody"),
        [ViolationType::UserNotFound]
    );
}

async fn a_product_that_another_license_needs_can_not_be_revoked(fixture: Fixture) {
    fixture.add_users(1).await;
    fixture.buy("suite", 1).await;
    fixture.buy("addon", 1).await;
    fixture
        .change(assign(&["suite", "addon"]), everyone())
        .await;
    let transcript = fixture.change(revoke(&["suite"]), everyone()).await;
    let violation = &transcript.results[0].license_results[0].violations[0];
    assert_eq!(violation.r#type(), ViolationType::DependencyMissing);
    assert_eq!(violation.product, product("addon"));
}

async fn every_violation_is_explained_to_people(fixture: Fixture) {
    let violation = violation(&fixture, &["addon"], fixture.person("ann", "CH")).await;
    assert!(
        violation.description.contains("The meet plan"),
        "{violation:?}"
    );
}

on_each_database! {
    a_blocked_user,
    a_missing_usage_location,
    a_plan_prohibited_where_the_user_is,
    plans_that_exclude_one_another,
    a_plan_that_needs_another,
    a_product_for_the_whole_company,
    a_product_that_was_never_bought,
    an_unknown_user,
    a_product_that_another_license_needs_can_not_be_revoked,
    every_violation_is_explained_to_people,
}
