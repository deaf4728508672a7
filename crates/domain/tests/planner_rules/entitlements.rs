use seatkeeper_domain::{Outcome, Violation};

use crate::fixture::Fixture;

fn office() -> Fixture {
    Fixture::new().product("office", &["mail", "docs"])
}

#[test]
fn a_product_with_a_free_seat_is_assigned() {
    let decided = office().assign("office", &[]).decide();
    assert_eq!(decided.outcome("office"), Outcome::Assigned);
    assert_eq!(decided.held(), ["office"]);
}

#[test]
fn without_an_entitlement_nothing_is_assigned() {
    let decided = office()
        .not_entitled("office")
        .assign("office", &[])
        .decide();
    assert_eq!(decided.violations("office"), [Violation::NotEntitled]);
}

#[test]
fn a_product_without_a_pool_is_not_entitled() {
    let decided = office()
        .without_pool("office")
        .assign("office", &[])
        .decide();
    assert_eq!(decided.violations("office"), [Violation::NotEntitled]);
}

#[test]
fn a_suspended_entitlement_says_so_and_nothing_of_seats() {
    let decided = office().suspended("office").assign("office", &[]).decide();
    assert_eq!(
        decided.violations("office"),
        [Violation::EntitlementSuspended]
    );
}

#[test]
fn a_product_of_the_company_is_not_assigned_to_a_user() {
    let decided = Fixture::new()
        .company_product("audit")
        .assign("audit", &[])
        .decide();
    assert_eq!(
        decided.violations("audit"),
        [Violation::NotAssignableToUser]
    );
}

#[test]
fn a_held_product_of_the_company_can_be_revoked() {
    let decided = Fixture::new()
        .company_product("audit")
        .holds("audit", &[])
        .revoke("audit")
        .decide();
    assert_eq!(decided.outcome("audit"), Outcome::Revoked);
}

#[test]
fn plans_of_a_held_license_change_whatever_became_of_the_entitlement() {
    let decided = office()
        .suspended("office")
        .holds("office", &["docs"])
        .assign("office", &[])
        .decide();
    assert_eq!(decided.outcome("office"), Outcome::Updated);
}

#[test]
fn a_blocked_user_gains_nothing() {
    let decided = office().blocked().assign("office", &[]).decide();
    assert_eq!(decided.violations("office"), [Violation::UserBlocked]);
}

#[test]
fn a_blocked_user_has_no_plan_switched_on() {
    let decided = office()
        .blocked()
        .holds("office", &["mail"])
        .assign("office", &["docs"])
        .decide();
    assert_eq!(decided.violations("office"), [Violation::UserBlocked]);
}

#[test]
fn a_blocked_user_loses_licenses_and_plans() {
    let decided = office()
        .product("phone", &["call"])
        .blocked()
        .holds("office", &[])
        .holds("phone", &[])
        .assign("office", &["docs"])
        .revoke("phone")
        .decide();
    assert_eq!(decided.outcome("office"), Outcome::Updated);
    assert_eq!(decided.outcome("phone"), Outcome::Revoked);
}

#[test]
fn all_violations_of_a_product_are_reported_in_order() {
    let decided = office()
        .not_entitled("office")
        .blocked()
        .located(None)
        .assign("office", &[])
        .decide();
    assert_eq!(
        decided.violations("office"),
        [
            Violation::UserBlocked,
            Violation::NotEntitled,
            Violation::UsageLocationMissing
        ]
    );
}
