use std::sync::Arc;

use seatkeeper_domain::{
    Asked, BatchMode, ChunkState, HeldLicense, Holding, HoldingIndex, Inverse, MemberState,
    Outcome, PlanSet, PlannerOptions, Restoration, Restorer, Violation,
};

use crate::scene::{Scene, decisions, outcomes};

fn shop() -> Scene {
    Scene::new()
        .product("office", &["mail", "docs"])
        .product("phone", &["call"])
}

fn restorer(scene: &Scene, mode: BatchMode) -> Restorer {
    let catalog = Arc::clone(scene.planner().catalog());
    let report_licenses = true;
    Restorer::new(
        catalog,
        PlannerOptions {
            mode,
            report_licenses,
            waits_for_seats: false,
        },
    )
}

fn back(scene: &Scene, product: &str, before: Option<&[&str]>) -> Restoration {
    Restoration {
        product: scene.key(product),
        before: before.map(|off| scene.plans(off)),
        changed_since: false,
    }
}

fn since(restoration: Restoration) -> Restoration {
    Restoration {
        changed_since: true,
        ..restoration
    }
}

fn all(inverse: Vec<Restoration>, count: usize) -> Asked {
    Asked {
        inverses: vec![Inverse { products: inverse }],
        members: vec![0; count],
    }
}

/// What putting back comes to for one user of the scene.
fn decide(
    scene: &Scene,
    mode: BatchMode,
    inverse: Vec<Restoration>,
) -> seatkeeper_domain::Decision {
    let (state, asked) = (scene.users(1), all(inverse, 1));
    let plan = restorer(scene, mode).plan(&state, &asked, &mut scene.pools());
    decisions(&plan)[0].clone()
}

#[test]
fn what_a_decision_changed_is_put_back_exactly() {
    let scene = shop()
        .holds("office", &["docs"])
        .assign("phone", &[])
        .revoke("office");
    let decided = scene.clone().decide().decision;
    let inverse = Inverse::of(&decided, |_| false);
    let after = shop().holds("phone", &[]);
    let put_back = decide(&after, BatchMode::PerUser, inverse.products);
    let products: Vec<_> = put_back
        .products
        .iter()
        .map(|product| (product.product, product.outcome))
        .collect();
    let (office, phone) = (scene.key("office"), scene.key("phone"));
    let expected = [(office, Outcome::Assigned), (phone, Outcome::Revoked)];
    assert_eq!(products, expected);
    let held = HeldLicense {
        product: office,
        disabled_plans: scene.plans(&["docs"]),
    };
    assert_eq!(put_back.held_after, Some(vec![held]));
}

#[test]
fn what_a_decision_left_alone_is_not_asked_for() {
    let decided = shop()
        .not_entitled("phone")
        .holds("office", &[])
        .assign("office", &[])
        .assign("phone", &[])
        .decide()
        .decision;
    assert_eq!(Inverse::of(&decided, |_| false).products, []);
}

#[test]
fn a_license_changed_since_fails_alone_or_with_the_user() {
    let scene = shop().holds("office", &[]).holds("phone", &[]);
    let inverse = vec![
        since(back(&scene, "office", None)),
        back(&scene, "phone", None),
    ];
    let whole = decide(&scene, BatchMode::PerUser, inverse.clone());
    let other_failed = Violation::OtherChangeFailed {
        product: scene.key("office"),
    };
    assert_eq!(whole.products[0].violations, [Violation::ChangedSince]);
    assert_eq!(whole.products[1].violations, [other_failed]);
    let single = decide(&scene, BatchMode::PerLicense, inverse);
    assert_eq!(single.products[0].outcome, Outcome::Failed);
    assert_eq!(single.products[1].outcome, Outcome::Revoked);
}

#[test]
fn what_somebody_else_has_put_back_is_unchanged() {
    let scene = shop().holds("office", &["docs"]);
    let inverse = vec![
        since(back(&scene, "office", Some(&["docs"]))),
        since(back(&scene, "phone", None)),
    ];
    let decision = decide(&scene, BatchMode::PerUser, inverse);
    for product in decision.products {
        assert_eq!(product.outcome, Outcome::Unchanged);
    }
}

#[test]
fn the_usual_rules_judge_what_comes_back() {
    let scene = shop().blocked();
    let decision = decide(
        &scene,
        BatchMode::PerUser,
        vec![back(&scene, "office", Some(&[]))],
    );
    assert_eq!(decision.products[0].violations, [Violation::UserBlocked]);
}

#[test]
fn a_product_retired_since_does_not_come_back() {
    let scene = shop().retired("office");
    let inverse = vec![back(&scene, "office", Some(&[]))];
    let decision = decide(&scene, BatchMode::PerUser, inverse);
    assert_eq!(decision.products[0].violations, [Violation::ProductRetired]);
}

/// Users with different things to put back, each holding what `held` says.
fn chunk(held: Vec<Vec<HeldLicense>>, scene: &Scene) -> ChunkState {
    let MemberState::Found { facts, .. } = scene.users(1).members[0] else {
        unreachable!("the scene's user exists")
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
    let scene = shop().seats("office", 1, 1);
    let holding = HeldLicense {
        product: scene.key("office"),
        disabled_plans: PlanSet::new(),
    };
    // The second frees the seat that the first lacked and the third gets.
    let state = chunk(vec![vec![], vec![holding], vec![], vec![]], &scene);
    let gains = Inverse {
        products: vec![back(&scene, "office", Some(&[]))],
    };
    let loses = Inverse {
        products: vec![back(&scene, "office", None)],
    };
    let asked = Asked {
        inverses: vec![gains, loses],
        members: vec![0, 1, 0, 0],
    };
    let plan = restorer(&scene, BatchMode::PerUser).plan(&state, &asked, &mut scene.pools());
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
fn users_not_reached_are_told_what_was_not_put_back() {
    let scene = shop();
    let asked = all(vec![back(&scene, "phone", Some(&[]))], 2);
    let plan = restorer(&scene, BatchMode::PerUser).plan_cancelled(&asked);
    for decision in decisions(&plan) {
        assert_eq!(decision.products[0].product, scene.key("phone"));
        assert_eq!(decision.products[0].violations, [Violation::Cancelled]);
    }
    assert_eq!(plan.members.len(), 2);
}
