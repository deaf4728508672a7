use seatkeeper_domain::Outcome;

use crate::fixture::Fixture;

/// The add-on's plan `analytics` needs one of two mail plans.
fn add_on() -> Fixture {
    Fixture::new()
        .product("small", &["mail-1"])
        .product("large", &["mail-2", "docs"])
        .product("add-on", &["analytics"])
        .needs("analytics", &["mail-1", "mail-2"])
}

#[test]
fn a_plan_without_what_it_needs_is_not_assigned() {
    let decided = add_on().assign("add-on", &[]).decide();
    assert_eq!(
        decided.violations("add-on"),
        [decided.missing("add-on", "analytics")]
    );
}

#[test]
fn any_one_of_what_it_needs_will_do() {
    for base in ["small", "large"] {
        let decided = add_on().holds(base, &[]).assign("add-on", &[]).decide();
        assert_eq!(decided.outcome("add-on"), Outcome::Assigned);
    }
}

#[test]
fn a_dependency_may_come_with_the_same_change() {
    let decided = add_on().assign("add-on", &[]).assign("small", &[]).decide();
    assert_eq!(decided.outcome("add-on"), Outcome::Assigned);
}

#[test]
fn a_dependency_must_be_enabled() {
    let decided = add_on()
        .holds("small", &["mail-1"])
        .assign("add-on", &[])
        .decide();
    assert_eq!(
        decided.violations("add-on"),
        [decided.missing("add-on", "analytics")]
    );
}

#[test]
fn each_dependency_of_a_plan_is_to_be_satisfied() {
    let decided = add_on()
        .needs("analytics", &["docs"])
        .holds("small", &[])
        .assign("add-on", &[])
        .decide();
    assert_eq!(
        decided.violations("add-on"),
        [decided.missing("add-on", "analytics")]
    );
}

#[test]
fn a_revocation_that_would_leave_another_license_without_fails() {
    let decided = add_on()
        .holds("small", &[])
        .holds("add-on", &[])
        .revoke("small")
        .decide();
    assert_eq!(
        decided.violations("small"),
        [decided.missing("add-on", "analytics")]
    );
    assert_eq!(decided.held(), ["small", "add-on"]);
}

#[test]
fn switching_off_what_another_license_needs_fails() {
    let decided = add_on()
        .holds("large", &[])
        .holds("add-on", &[])
        .assign("large", &["mail-2"])
        .decide();
    assert_eq!(
        decided.violations("large"),
        [decided.missing("add-on", "analytics")]
    );
}

#[test]
fn a_swap_for_another_product_that_satisfies_the_need_works() {
    let decided = add_on()
        .holds("small", &[])
        .holds("add-on", &[])
        .assign("large", &[])
        .revoke("small")
        .decide();
    assert_eq!(decided.held(), ["large", "add-on"]);
}

#[test]
fn both_can_be_revoked_together() {
    let decided = add_on()
        .holds("small", &[])
        .holds("add-on", &[])
        .revoke("small")
        .revoke("add-on")
        .decide();
    assert!(decided.held().is_empty());
}

#[test]
fn every_revocation_that_took_what_was_needed_is_to_blame() {
    let decided = add_on()
        .holds("small", &[])
        .holds("large", &[])
        .holds("add-on", &[])
        .revoke("small")
        .revoke("large")
        .decide();
    let missing = [decided.missing("add-on", "analytics")];
    assert_eq!(decided.violations("small"), missing);
    assert_eq!(decided.violations("large"), missing);
}

#[test]
fn a_dependency_missing_before_blocks_no_other_change() {
    let decided = add_on()
        .product("phone", &["call"])
        .holds("add-on", &[])
        .holds("phone", &[])
        .revoke("phone")
        .assign("large", &["mail-2"])
        .decide();
    assert_eq!(decided.outcome("phone"), Outcome::Revoked);
    assert_eq!(decided.outcome("large"), Outcome::Assigned);
}

#[test]
fn a_plan_of_the_company_needs_nothing_and_satisfies_nothing() {
    let dependent = add_on().company_plan("analytics").assign("add-on", &[]);
    assert_eq!(dependent.decide().outcome("add-on"), Outcome::Assigned);
    let needed = add_on()
        .company_plan("mail-1")
        .holds("small", &[])
        .assign("add-on", &[])
        .decide();
    assert_eq!(
        needed.violations("add-on"),
        [needed.missing("add-on", "analytics")]
    );
}
