use seatkeeper_domain::{Outcome, PlanSet, Warning};

use crate::fixture::Fixture;

fn suites() -> Fixture {
    Fixture::new()
        .product("e3", &["mail", "docs", "chat"])
        .product("e5", &["mail", "docs", "chat", "phone"])
        .product("f1", &["docs"])
}

#[test]
fn the_list_of_an_assignment_replaces_the_holders_list() {
    let decided = suites()
        .holds("e3", &["mail", "chat"])
        .assign("e3", &["docs"])
        .decide();
    assert_eq!(decided.outcome("e3"), Outcome::Updated);
    let product = decided.product("e3");
    assert_eq!(
        product.before,
        Some(decided.fixture.plans(&["mail", "chat"]))
    );
    assert_eq!(product.after, Some(decided.fixture.plans(&["docs"])));
}

#[test]
fn the_same_list_again_changes_nothing() {
    let decided = suites()
        .holds("e3", &["mail"])
        .assign("e3", &["mail"])
        .decide();
    assert_eq!(decided.outcome("e3"), Outcome::Unchanged);
}

#[test]
fn plans_that_are_not_the_products_are_not_kept() {
    let decided = suites().assign("e3", &["mail", "phone"]).decide();
    assert_eq!(
        decided.product("e3").after,
        Some(decided.fixture.plans(&["mail"]))
    );
}

#[test]
fn on_request_holders_keep_their_own_list() {
    let decided = suites()
        .holds("e3", &["mail"])
        .assign_keeping("e3", &["docs"])
        .decide();
    assert_eq!(decided.outcome("e3"), Outcome::Unchanged);
    assert_eq!(
        decided.product("e3").after,
        Some(decided.fixture.plans(&["mail"]))
    );
}

#[test]
fn on_a_swap_plans_that_were_off_carry_over_with_a_warning() {
    let decided = suites()
        .holds("e3", &["mail", "chat"])
        .assign_keeping("e5", &["phone", "chat"])
        .revoke("e3")
        .decide();
    let product = decided.product("e5");
    assert_eq!(
        product.after,
        Some(decided.fixture.plans(&["mail", "chat", "phone"]))
    );
    assert_eq!(
        product.warnings,
        [Warning::PlanLeftOff {
            plans: vec![decided.fixture.plan_key("mail")]
        }]
    );
}

#[test]
fn a_plan_that_was_on_in_one_of_the_revoked_products_stays_on() {
    let decided = suites()
        .holds("e3", &["docs"])
        .holds("f1", &[])
        .assign_keeping("e5", &[])
        .revoke("e3")
        .revoke("f1")
        .decide();
    assert_eq!(decided.product("e5").after, Some(PlanSet::new()));
    assert!(decided.product("e5").warnings.is_empty());
}

#[test]
fn plans_carry_over_from_revoked_products_alone() {
    let decided = suites()
        .holds("e3", &["docs"])
        .assign_keeping("e5", &[])
        .decide();
    assert_eq!(decided.product("e5").after, Some(PlanSet::new()));
}

#[test]
fn plans_carry_over_only_on_request() {
    let decided = suites()
        .holds("e3", &["docs"])
        .assign("e5", &[])
        .revoke("e3")
        .decide();
    assert_eq!(decided.product("e5").after, Some(PlanSet::new()));
}

#[test]
fn revoking_what_is_not_held_changes_nothing() {
    let decided = suites().revoke("e3").decide();
    assert_eq!(decided.outcome("e3"), Outcome::Unchanged);
    assert_eq!(decided.product("e3").after, None);
}
