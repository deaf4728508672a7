use seatkeeper_domain::Outcome;

use crate::fixture::Fixture;

/// A fixture with two mail plans that exclude each other.
fn mails() -> Fixture {
    Fixture::new()
        .product("basic", &["mail-1", "docs"])
        .product("premium", &["mail-2"])
        .plans_exclude(&["mail-1", "mail-2"])
}

#[test]
fn two_plans_of_a_group_clash_and_both_are_named() {
    let decided = mails().holds("basic", &[]).assign("premium", &[]).decide();
    assert_eq!(
        decided.violations("premium"),
        [decided.plan_clash("mail-2", "basic", "mail-1")]
    );
}

#[test]
fn with_one_of_them_off_they_do_not_clash() {
    let decided = mails()
        .holds("basic", &["mail-1"])
        .assign("premium", &[])
        .decide();
    assert_eq!(decided.outcome("premium"), Outcome::Assigned);
}

#[test]
fn two_new_products_that_clash_both_fail() {
    let decided = mails().assign("basic", &[]).assign("premium", &[]).decide();
    assert_eq!(
        decided.violations("basic"),
        [decided.plan_clash("mail-1", "premium", "mail-2")]
    );
    assert_eq!(
        decided.violations("premium"),
        [decided.plan_clash("mail-2", "basic", "mail-1")]
    );
}

#[test]
fn plans_of_one_product_clash_with_each_other() {
    let decided = Fixture::new()
        .product("suite", &["mail-1", "mail-2"])
        .plans_exclude(&["mail-1", "mail-2"])
        .assign("suite", &[])
        .decide();
    assert_eq!(
        decided.violations("suite"),
        [
            decided.plan_clash("mail-1", "suite", "mail-2"),
            decided.plan_clash("mail-2", "suite", "mail-1"),
        ]
    );
}

#[test]
fn a_swap_is_decided_on_the_final_state() {
    let decided = mails()
        .holds("basic", &[])
        .assign("premium", &[])
        .revoke("basic")
        .decide();
    assert_eq!(decided.outcome("premium"), Outcome::Assigned);
    assert_eq!(decided.outcome("basic"), Outcome::Revoked);
}

#[test]
fn the_same_plan_through_two_products_counts_once() {
    let decided = mails()
        .product("other", &["mail-1"])
        .holds("basic", &[])
        .assign("other", &[])
        .decide();
    assert_eq!(decided.outcome("other"), Outcome::Assigned);
}

#[test]
fn a_clash_that_was_there_before_blocks_no_other_change() {
    let decided = mails()
        .product("phone", &["call"])
        .holds("basic", &["docs"])
        .holds("premium", &[])
        .assign("basic", &[])
        .assign("phone", &[])
        .decide();
    assert_eq!(decided.outcome("basic"), Outcome::Updated);
    assert_eq!(decided.outcome("phone"), Outcome::Assigned);
}

#[test]
fn products_of_a_group_clash_whatever_their_plans() {
    let decided = Fixture::new()
        .product("e3", &["mail"])
        .product("e5", &[])
        .products_exclude(&["e3", "e5"])
        .holds("e3", &["mail"])
        .assign("e5", &[])
        .decide();
    assert_eq!(decided.violations("e5"), [decided.product_clash("e3")]);
}

#[test]
fn plans_of_the_company_never_clash() {
    let decided = mails()
        .company_plan("mail-1")
        .holds("basic", &[])
        .assign("premium", &[])
        .decide();
    assert_eq!(decided.outcome("premium"), Outcome::Assigned);
}

#[test]
fn a_held_product_that_the_catalog_does_not_know_has_no_plans() {
    let decided = mails()
        .holds_unknown_product()
        .assign("premium", &[])
        .decide();
    assert_eq!(decided.outcome("premium"), Outcome::Assigned);
    assert_eq!(decided.held(), ["premium", "unknown"]);
}
