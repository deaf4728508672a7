use std::sync::Arc;

use seatkeeper_domain::{
    BatchMode, ChunkState, HeldLicense, Holding, HoldingIndex, LicenseRevert, MemberState, Outcome,
    PlanSet, PlannerOptions, RevertPlanner, RevertRequest, UserRevert, Violation,
};

use crate::fixture::{Fixture, decisions, outcomes};

fn shop() -> Fixture {
    Fixture::new()
        .product("office", &["mail", "docs"])
        .product("phone", &["call"])
}

fn revert_planner(fixture: &Fixture, mode: BatchMode) -> RevertPlanner {
    let catalog = Arc::clone(fixture.planner().catalog());
    let report_licenses = true;
    RevertPlanner::new(
        catalog,
        PlannerOptions {
            mode,
            report_licenses,
            waits_for_seats: false,
        },
    )
}

fn back(fixture: &Fixture, product: &str, before: Option<&[&str]>) -> LicenseRevert {
    LicenseRevert {
        product: fixture.key(product),
        before: before.map(|off| fixture.plans(off)),
        changed_since: false,
    }
}

fn since(license_revert: LicenseRevert) -> LicenseRevert {
    LicenseRevert {
        changed_since: true,
        ..license_revert
    }
}

fn all(revert: Vec<LicenseRevert>, count: usize) -> RevertRequest {
    RevertRequest {
        reverts: vec![UserRevert { products: revert }],
        members: vec![0; count],
    }
}

/// The decision of a revert for one user of the fixture.
fn decide(
    fixture: &Fixture,
    mode: BatchMode,
    revert: Vec<LicenseRevert>,
) -> seatkeeper_domain::Decision {
    let (state, request) = (fixture.users(1), all(revert, 1));
    let plan = revert_planner(fixture, mode).plan(&state, &request, &mut fixture.pools());
    decisions(&plan)[0].clone()
}

#[test]
fn a_revert_restores_exactly_the_state_before_the_decision() {
    let fixture = shop()
        .holds("office", &["docs"])
        .assign("phone", &[])
        .revoke("office");
    let decided = fixture.clone().decide().decision;
    let revert = UserRevert::of(&decided, |_| false);
    let after = shop().holds("phone", &[]);
    let reverted = decide(&after, BatchMode::PerUser, revert.products);
    let products: Vec<_> = reverted
        .products
        .iter()
        .map(|product| (product.product, product.outcome))
        .collect();
    let (office, phone) = (fixture.key("office"), fixture.key("phone"));
    let expected = [(office, Outcome::Assigned), (phone, Outcome::Revoked)];
    assert_eq!(products, expected);
    let held = HeldLicense {
        product: office,
        disabled_plans: fixture.plans(&["docs"]),
    };
    assert_eq!(reverted.held_after, Some(vec![held]));
}

#[test]
fn licenses_that_a_decision_left_unchanged_are_not_reverted() {
    let decided = shop()
        .not_entitled("phone")
        .holds("office", &[])
        .assign("office", &[])
        .assign("phone", &[])
        .decide()
        .decision;
    assert_eq!(UserRevert::of(&decided, |_| false).products, []);
}

#[test]
fn a_license_changed_since_fails_alone_or_with_the_user() {
    let fixture = shop().holds("office", &[]).holds("phone", &[]);
    let revert = vec![
        since(back(&fixture, "office", None)),
        back(&fixture, "phone", None),
    ];
    let whole = decide(&fixture, BatchMode::PerUser, revert.clone());
    let other_failed = Violation::OtherChangeFailed {
        product: fixture.key("office"),
    };
    assert_eq!(whole.products[0].violations, [Violation::ChangedSince]);
    assert_eq!(whole.products[1].violations, [other_failed]);
    let single = decide(&fixture, BatchMode::PerLicense, revert);
    assert_eq!(single.products[0].outcome, Outcome::Failed);
    assert_eq!(single.products[1].outcome, Outcome::Revoked);
}

#[test]
fn licenses_that_were_already_restored_are_unchanged() {
    let fixture = shop().holds("office", &["docs"]);
    let revert = vec![
        since(back(&fixture, "office", Some(&["docs"]))),
        since(back(&fixture, "phone", None)),
    ];
    let decision = decide(&fixture, BatchMode::PerUser, revert);
    for product in decision.products {
        assert_eq!(product.outcome, Outcome::Unchanged);
    }
}

#[test]
fn the_usual_rules_apply_to_what_comes_back() {
    let fixture = shop().blocked();
    let decision = decide(
        &fixture,
        BatchMode::PerUser,
        vec![back(&fixture, "office", Some(&[]))],
    );
    assert_eq!(decision.products[0].violations, [Violation::UserBlocked]);
}

#[test]
fn a_product_retired_since_does_not_come_back() {
    let fixture = shop().retired("office");
    let revert = vec![back(&fixture, "office", Some(&[]))];
    let decision = decide(&fixture, BatchMode::PerUser, revert);
    assert_eq!(decision.products[0].violations, [Violation::ProductRetired]);
}

/// A chunk of users with the licenses given by `held`.
fn chunk(held: Vec<Vec<HeldLicense>>, fixture: &Fixture) -> ChunkState {
    let MemberState::Found { facts, .. } = fixture.users(1).members[0] else {
        unreachable!("the fixture's user exists")
    };
    let members = (0..).zip(&held).map(|(index, _)| MemberState::Found {
        facts,
        holding: HoldingIndex(index),
    });
    ChunkState {
        members: members.collect(),
        holdings: held
            .into_iter()
            .map(|licenses| Holding { licenses })
            .collect(),
    }
}

#[test]
fn seats_go_round_in_order_whatever_each_user_is_asked_for() {
    let fixture = shop().seats("office", 1, 1);
    let holding = HeldLicense {
        product: fixture.key("office"),
        disabled_plans: PlanSet::new(),
    };
    // The second user frees the seat that the first lacked; the third gets it.
    let state = chunk(vec![vec![], vec![holding], vec![], vec![]], &fixture);
    let gains = UserRevert {
        products: vec![back(&fixture, "office", Some(&[]))],
    };
    let loses = UserRevert {
        products: vec![back(&fixture, "office", None)],
    };
    let request = RevertRequest {
        reverts: vec![gains, loses],
        members: vec![0, 1, 0, 0],
    };
    let plan =
        revert_planner(&fixture, BatchMode::PerUser).plan(&state, &request, &mut fixture.pools());
    assert_eq!(
        outcomes(&plan),
        [
            Outcome::Failed,
            Outcome::Revoked,
            Outcome::Assigned,
            Outcome::Failed
        ]
    );
}

#[test]
fn users_not_reached_get_the_licenses_that_were_not_restored() {
    let fixture = shop();
    let request = all(vec![back(&fixture, "phone", Some(&[]))], 2);
    let plan = revert_planner(&fixture, BatchMode::PerUser).plan_cancelled(&request);
    for decision in decisions(&plan) {
        assert_eq!(decision.products[0].product, fixture.key("phone"));
        assert_eq!(decision.products[0].violations, [Violation::Cancelled]);
    }
    assert_eq!(plan.members.len(), 2);
}
