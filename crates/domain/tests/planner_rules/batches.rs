use seatkeeper_domain::{
    ChunkState, MemberState, Outcome, OutcomeCounts, Violation, ViolationType,
};

use crate::fixture::{Fixture, decisions, outcomes};

fn office() -> Fixture {
    Fixture::new()
        .product("office", &["mail"])
        .product("phone", &["call"])
}

#[test]
fn every_product_of_an_unknown_user_fails() {
    let fixture = office().assign("office", &[]).revoke("phone");
    let state = ChunkState {
        members: vec![MemberState::NotFound],
        holdings: vec![],
    };
    let plan = fixture.planner().plan(&state, &mut fixture.pools());
    for product in &decisions(&plan)[0].products {
        assert_eq!(product.outcome, Outcome::Failed);
        assert_eq!(product.violations, [Violation::UserNotFound]);
    }
}

#[test]
fn products_are_reported_assigned_ones_first_in_the_callers_order() {
    let decided = office()
        .product("video", &[])
        .revoke("office")
        .assign("video", &[])
        .assign("phone", &[])
        .decide();
    let products: Vec<_> = decided
        .decision
        .products
        .iter()
        .map(|product| product.product)
        .collect();
    assert_eq!(
        products,
        ["video", "phone", "office"].map(|name| decided.fixture.key(name))
    );
}

#[test]
fn users_in_the_same_situation_share_a_decision() {
    let fixture = office().assign("office", &[]);
    let plan = fixture
        .planner()
        .plan(&fixture.users(4), &mut fixture.pools());
    assert_eq!(plan.decisions.len(), 1);
    assert_eq!(plan.members, [0; 4]);
}

#[test]
fn a_chunk_without_members_has_no_decisions() {
    let fixture = office().assign("office", &[]);
    let plan = fixture
        .planner()
        .plan(&fixture.users(0), &mut fixture.pools());
    assert!(plan.members.is_empty());
    assert!(plan.decisions.is_empty());
    assert!(fixture.planner().plan_cancelled(0).decisions.is_empty());
}

#[test]
fn users_behind_a_cancel_have_every_product_cancelled() {
    let fixture = office().assign("office", &[]).revoke("phone");
    let plan = fixture.planner().plan_cancelled(3);
    assert_eq!(plan.members, [0; 3]);
    let products = &plan.decisions[0].products;
    assert_eq!(products.len(), 2);
    for product in products {
        assert_eq!(product.outcome, Outcome::Failed);
        assert_eq!(product.violations, [Violation::Cancelled]);
    }
}

#[test]
fn a_refused_batch_gives_those_who_were_fine_the_others_as_the_reason() {
    let fixture = office().seats("office", 1, 0).assign("office", &[]);
    let mut planner = fixture.planner();
    let tried = planner.plan(&fixture.users(2), &mut fixture.pools());
    assert!(tried.has_failures());
    let refused = planner.plan_refused(&fixture.users(2), &mut fixture.pools());
    assert_eq!(outcomes(&refused), [Outcome::Failed, Outcome::Failed]);
    let violations: Vec<_> = decisions(&refused)
        .iter()
        .map(|decision| decision.products[0].violations.clone())
        .collect();
    assert_eq!(
        violations,
        [
            vec![Violation::OtherUserFailed],
            vec![Violation::SeatsExhausted { available: 0 }]
        ]
    );
    assert!(refused.seat_deltas().is_empty());
}

#[test]
fn a_refused_batch_leaves_the_unchanged_unchanged() {
    let fixture = office()
        .holds("office", &[])
        .assign("office", &[])
        .assign("phone", &[]);
    let refused = fixture
        .planner()
        .plan_refused(&fixture.users(1), &mut fixture.pools());
    let decision = decisions(&refused)[0];
    assert_eq!(decision.products[0].outcome, Outcome::Unchanged);
    assert_eq!(
        decision.products[1].violations,
        [Violation::OtherUserFailed]
    );
    let held = decision.held_after.as_ref().unwrap();
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].product, fixture.key("office"));
}

#[test]
fn outcomes_and_violations_are_counted_over_the_members() {
    let fixture = office()
        .seats("office", 2, 0)
        .assign("office", &[])
        .revoke("phone");
    let plan = fixture
        .planner()
        .plan(&fixture.users(3), &mut fixture.pools());
    let (counts, violations) = OutcomeCounts::of(&plan);
    assert_eq!((counts.users_succeeded, counts.users_failed), (2, 1));
    assert_eq!((counts.assigned, counts.failed), (2, 1));
    assert_eq!(counts.unchanged, 3);
    assert_eq!(violations, [(ViolationType::SeatsExhausted, 1)].into());
    assert_eq!(plan.seat_deltas(), [(fixture.key("office"), 2)]);
}
