use seatkeeper_domain::{Outcome, Violation, Warning};

use crate::scene::{Scene, decisions, outcomes};

fn office() -> Scene {
    Scene::new()
        .product("office", &["mail", "docs"])
        .assign("office", &[])
}

#[test]
fn earlier_users_get_the_last_seats() {
    let scene = office().seats("office", 3, 1);
    let mut pools = scene.pools();
    let plan = scene.planner().plan(&scene.users(3), &mut pools);
    assert_eq!(
        outcomes(&plan),
        [Outcome::Assigned, Outcome::Assigned, Outcome::Failed]
    );
    assert_eq!(
        decisions(&plan)[2].products[0].violations,
        [Violation::SeatsExhausted { available: 0 }]
    );
    let pool = pools.get(scene.key("office")).unwrap();
    assert_eq!((pool.assigned, pool.available), (3, 0));
}

#[test]
fn the_pools_carry_over_to_the_next_chunk() {
    let scene = office().seats("office", 3, 0);
    let (mut planner, mut pools) = (scene.planner(), scene.pools());
    planner.plan(&scene.users(2), &mut pools);
    let plan = planner.plan(&scene.users(2), &mut pools);
    assert_eq!(outcomes(&plan), [Outcome::Assigned, Outcome::Failed]);
}

#[test]
fn a_planner_sees_seats_bought_between_chunks() {
    let scene = office().seats("office", 1, 1);
    let mut planner = scene.planner();
    let short = planner.plan(&scene.users(1), &mut scene.pools());
    assert_eq!(outcomes(&short), [Outcome::Failed]);
    let bought = scene.clone().seats("office", 2, 1);
    let plan = planner.plan(&scene.users(1), &mut bought.pools());
    assert_eq!(outcomes(&plan), [Outcome::Assigned]);
}

#[test]
fn a_reduced_entitlement_tells_how_far_below_zero_it_is() {
    let decided = office().seats("office", 3, 5).decide();
    assert_eq!(
        decided.violations("office"),
        [Violation::SeatsExhausted { available: -2 }]
    );
}

#[test]
fn a_revocation_frees_a_seat() {
    let scene = Scene::new()
        .product("office", &[])
        .seats("office", 3, 3)
        .holds("office", &[])
        .revoke("office");
    let mut pools = scene.pools();
    scene.planner().plan(&scene.users(2), &mut pools);
    let pool = pools.get(scene.key("office")).unwrap();
    assert_eq!((pool.assigned, pool.available), (1, 2));
}

#[test]
fn holders_take_no_seat() {
    let held = office().seats("office", 1, 1).holds("office", &[]);
    assert_eq!(held.decide().outcome("office"), Outcome::Unchanged);
    let updated = office().seats("office", 1, 1).holds("office", &["docs"]);
    assert_eq!(updated.decide().outcome("office"), Outcome::Updated);
}

#[test]
fn a_user_who_fails_takes_no_seat() {
    let scene = office().blocked();
    let mut pools = scene.pools();
    scene.planner().plan(&scene.users(2), &mut pools);
    assert_eq!(pools, scene.pools());
}

#[test]
fn a_seat_beyond_the_active_ones_is_in_grace() {
    let scene = office().seats("office", 2, 1).seats_in_grace("office", 1);
    let plan = scene.planner().plan(&scene.users(3), &mut scene.pools());
    let decisions = decisions(&plan);
    assert!(decisions[0].products[0].warnings.is_empty());
    assert_eq!(decisions[1].products[0].warnings, [Warning::SeatInGrace]);
    assert_eq!(decisions[2].products[0].outcome, Outcome::Failed);
}

#[test]
fn a_swap_works_without_a_seat_to_spare() {
    let scene = Scene::new()
        .product("old", &[])
        .product("new", &[])
        .seats("old", 2, 2)
        .seats("new", 2, 0)
        .holds("old", &[])
        .assign("new", &[])
        .revoke("old");
    let mut pools = scene.pools();
    let plan = scene.planner().plan(&scene.users(2), &mut pools);
    assert!(!plan.has_failures());
    assert_eq!(pools.get(scene.key("old")).unwrap().available, 2);
    assert_eq!(pools.get(scene.key("new")).unwrap().available, 0);
}

#[test]
fn unlimited_pools_count_what_is_short() {
    let scene = office().seats("office", 3, 1);
    let mut pools = scene.unlimited_pools();
    let plan = scene.planner().plan(&scene.users(5), &mut pools);
    assert!(!plan.has_failures());
    assert_eq!(pools.taken(scene.key("office")), 5);
    assert_eq!(
        pools.shortages().collect::<Vec<_>>(),
        [(scene.key("office"), 3)]
    );
}

#[test]
fn unlimited_pools_still_tell_a_missing_entitlement() {
    let scene = office().not_entitled("office");
    let mut pools = scene.unlimited_pools();
    let plan = scene.planner().plan(&scene.users(1), &mut pools);
    assert_eq!(
        plan.decisions[0].products[0].violations,
        [Violation::NotEntitled]
    );
    assert_eq!(pools.shortages().count(), 0);
}

#[test]
fn a_pool_already_below_zero_is_no_shortage_to_those_who_need_nothing() {
    let scene = office().seats("office", 1, 4).holds("office", &[]);
    let mut pools = scene.unlimited_pools();
    scene.planner().plan(&scene.users(4), &mut pools);
    assert_eq!(pools.shortages().count(), 0);
}

#[test]
fn pools_that_buy_fail_nobody_for_want_of_seats() {
    let scene = office().seats("office", 3, 1);
    let mut pools = scene.buying_pools();
    let plan = scene.planner().plan(&scene.users(5), &mut pools);
    assert!(!plan.has_failures());
    let bought = pools.bought().collect::<Vec<_>>();
    assert_eq!(bought, [(scene.key("office"), 3)]);
}

#[test]
fn nothing_is_bought_for_users_who_fail_for_another_reason() {
    let scene = office().seats("office", 1, 1).blocked();
    let mut pools = scene.buying_pools();
    let plan = scene.planner().plan(&scene.users(5), &mut pools);
    assert_eq!(
        plan.decisions[0].products[0].violations,
        [Violation::UserBlocked]
    );
    assert_eq!(pools.bought().count(), 0);
}

#[test]
fn a_product_of_the_whole_company_is_not_bought_for_users() {
    let scene = Scene::new()
        .company_product("tenant")
        .assign("tenant", &[])
        .not_entitled("tenant");
    let mut pools = scene.buying_pools();
    let plan = scene.planner().plan(&scene.users(1), &mut pools);
    assert_eq!(
        plan.decisions[0].products[0].violations,
        [Violation::NotAssignableToUser]
    );
    assert_eq!(pools.bought().count(), 0);
}
