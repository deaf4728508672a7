use seatkeeper_domain::{Outcome, Violation};

use crate::fixture::Fixture;

fn shop() -> Fixture {
    Fixture::new()
        .product("office", &["mail"])
        .product("phone", &["call"])
        .product("video", &["meet"])
}

#[test]
fn per_user_one_failure_fails_the_rest_and_is_named() {
    let decided = shop()
        .not_entitled("phone")
        .holds("video", &[])
        .assign("office", &[])
        .assign("phone", &[])
        .revoke("video")
        .decide();
    let other_failed = [decided.other_failed("phone")];
    assert_eq!(decided.violations("phone"), [Violation::NotEntitled]);
    assert_eq!(decided.violations("office"), other_failed);
    assert_eq!(decided.violations("video"), other_failed);
    assert_eq!(decided.held(), ["video"]);
}

#[test]
fn the_first_failure_in_the_changes_order_is_named() {
    let decided = shop()
        .not_entitled("office")
        .not_entitled("phone")
        .assign("video", &[])
        .assign("phone", &[])
        .assign("office", &[])
        .decide();
    assert_eq!(decided.violations("video"), [decided.other_failed("phone")]);
}

#[test]
fn unchanged_licenses_do_not_fail_with_the_others() {
    let decided = shop()
        .not_entitled("phone")
        .holds("office", &[])
        .assign("office", &[])
        .assign("phone", &[])
        .decide();
    assert_eq!(decided.outcome("office"), Outcome::Unchanged);
}

#[test]
fn per_license_each_product_is_decided_by_itself() {
    let decided = shop()
        .per_license()
        .not_entitled("phone")
        .holds("video", &[])
        .assign("office", &[])
        .assign("phone", &[])
        .revoke("video")
        .decide();
    assert_eq!(decided.violations("phone"), [Violation::NotEntitled]);
    assert_eq!(decided.held(), ["office"]);
}

#[test]
fn per_license_what_needs_a_failed_product_fails_too() {
    let decided = shop()
        .needs("meet", &["call"])
        .per_license()
        .not_entitled("phone")
        .assign("phone", &[])
        .assign("video", &[])
        .assign("office", &[])
        .decide();
    assert_eq!(
        decided.violations("video"),
        [decided.missing("video", "meet")]
    );
    assert_eq!(decided.held(), ["office"]);
}

#[test]
fn per_license_what_clashed_with_a_failed_product_alone_is_assigned() {
    let decided = shop()
        .plans_exclude(&["mail", "call"])
        .per_license()
        .not_entitled("phone")
        .assign("office", &[])
        .assign("phone", &[])
        .decide();
    assert_eq!(decided.held(), ["office"]);
    assert_eq!(
        decided.violations("phone"),
        [
            Violation::NotEntitled,
            decided.plan_clash("call", "office", "mail")
        ]
    );
}

#[test]
fn per_license_broken_rules_go_before_missing_seats() {
    let decided = shop()
        .plans_exclude(&["mail", "call"])
        .per_license()
        .seats("phone", 1, 1)
        .assign("office", &[])
        .assign("phone", &[])
        .decide();
    assert!(decided.held().is_empty());
    assert_eq!(
        decided.violations("phone"),
        [
            decided.plan_clash("call", "office", "mail"),
            Violation::SeatsExhausted { available: 0 }
        ]
    );
}

#[test]
fn per_license_a_seat_is_decided_after_all_that_breaks_a_rule_is_gone() {
    let decided = shop()
        .plans_exclude(&["mail", "call"])
        .needs("meet", &["mail"])
        .per_license()
        .seats("video", 1, 1)
        .assign("office", &[])
        .assign("phone", &[])
        .assign("video", &[])
        .decide();
    assert_eq!(
        decided.violations("video"),
        [
            decided.missing("video", "meet"),
            Violation::SeatsExhausted { available: 0 }
        ]
    );
}

#[test]
fn per_license_nothing_is_taken_from_who_gets_nothing() {
    let swap = shop()
        .per_license()
        .not_entitled("phone")
        .holds("video", &[])
        .assign("phone", &[])
        .revoke("video");
    let decided = swap.clone().decide();
    assert_eq!(decided.violations("video"), [decided.other_failed("phone")]);
    assert_eq!(decided.held(), ["video"]);
    // A user who already holds the assigned product keeps it, so the revocation applies.
    let held = swap.holds("phone", &[]).decide();
    assert_eq!(held.outcome("video"), Outcome::Revoked);
}
