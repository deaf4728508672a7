use seatkeeper_domain::{Outcome, Violation};

use crate::fixture::Fixture;

fn phone() -> Fixture {
    Fixture::new()
        .product("phone", &["call", "text"])
        .plan_prohibited("call", "IN")
        .located(Some("IN"))
}

#[test]
fn an_assignment_needs_a_usage_location() {
    let decided = phone().located(None).assign("phone", &["call"]).decide();
    assert_eq!(
        decided.violations("phone"),
        [Violation::UsageLocationMissing]
    );
}

#[test]
fn switching_a_plan_on_needs_a_usage_location() {
    let decided = phone()
        .located(None)
        .holds("phone", &["call", "text"])
        .assign("phone", &["call"])
        .decide();
    assert_eq!(
        decided.violations("phone"),
        [Violation::UsageLocationMissing]
    );
}

#[test]
fn switching_a_plan_off_or_revoking_needs_no_usage_location() {
    let without = phone().located(None).holds("phone", &[]);
    let updated = without.clone().assign("phone", &["text"]).decide();
    assert_eq!(updated.outcome("phone"), Outcome::Updated);
    let revoked = without.revoke("phone").decide();
    assert_eq!(revoked.outcome("phone"), Outcome::Revoked);
}

#[test]
fn a_prohibited_plan_is_named_with_the_country() {
    let decided = phone().assign("phone", &[]).decide();
    assert_eq!(
        decided.violations("phone"),
        [decided.location_violation("IN", Some("call"))]
    );
}

#[test]
fn with_the_prohibited_plan_off_the_product_is_assigned() {
    let decided = phone().assign("phone", &["call"]).decide();
    assert_eq!(decided.outcome("phone"), Outcome::Assigned);
}

#[test]
fn elsewhere_the_plan_is_allowed() {
    let decided = phone().located(Some("FR")).assign("phone", &[]).decide();
    assert_eq!(decided.outcome("phone"), Outcome::Assigned);
}

#[test]
fn a_prohibited_product_is_not_assigned_whatever_its_plans() {
    let decided = Fixture::new()
        .product("phone", &["call"])
        .product_prohibited("phone", "DE")
        .assign("phone", &["call"])
        .decide();
    assert_eq!(
        decided.violations("phone"),
        [decided.location_violation("DE", None)]
    );
}

#[test]
fn a_prohibited_plan_that_is_on_already_blocks_no_update() {
    let decided = phone()
        .holds("phone", &["text"])
        .assign("phone", &[])
        .decide();
    assert_eq!(decided.outcome("phone"), Outcome::Updated);
}

#[test]
fn plans_of_a_prohibited_product_that_is_held_can_be_switched_on() {
    let decided = Fixture::new()
        .product("phone", &["call"])
        .product_prohibited("phone", "DE")
        .holds("phone", &["call"])
        .assign("phone", &[])
        .decide();
    assert_eq!(decided.outcome("phone"), Outcome::Updated);
}
