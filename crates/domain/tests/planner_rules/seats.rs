use seatkeeper_domain::{Outcome, Violation, Warning};

use crate::fixture::{Fixture, decisions, outcomes};

fn office() -> Fixture {
    Fixture::new()
        .product("office", &["mail", "docs"])
        .assign("office", &[])
}

#[test]
fn earlier_users_get_the_last_seats() {
    let fixture = office().seats("office", 3, 1);
    let mut pools = fixture.pools();
    let plan = fixture.planner().plan(&fixture.users(3), &mut pools);
    assert_eq!(
        outcomes(&plan),
        [Outcome::Assigned, Outcome::Assigned, Outcome::Failed]
    );
    assert_eq!(
        decisions(&plan)[2].products[0].violations,
        [Violation::SeatsExhausted { available: 0 }]
    );
    let pool = pools.get(fixture.key("office")).unwrap();
    assert_eq!((pool.assigned, pool.available), (3, 0));
}

#[test]
fn the_pools_carry_over_to_the_next_chunk() {
    let fixture = office().seats("office", 3, 0);
    let (mut planner, mut pools) = (fixture.planner(), fixture.pools());
    planner.plan(&fixture.users(2), &mut pools);
    let plan = planner.plan(&fixture.users(2), &mut pools);
    assert_eq!(outcomes(&plan), [Outcome::Assigned, Outcome::Failed]);
}

#[test]
fn a_planner_sees_seats_bought_between_chunks() {
    let fixture = office().seats("office", 1, 1);
    let mut planner = fixture.planner();
    let short = planner.plan(&fixture.users(1), &mut fixture.pools());
    assert_eq!(outcomes(&short), [Outcome::Failed]);
    let bought = fixture.clone().seats("office", 2, 1);
    let plan = planner.plan(&fixture.users(1), &mut bought.pools());
    assert_eq!(outcomes(&plan), [Outcome::Assigned]);
}

#[test]
fn a_reduced_entitlement_reports_how_far_below_zero_it_is() {
    let decided = office().seats("office", 3, 5).decide();
    assert_eq!(
        decided.violations("office"),
        [Violation::SeatsExhausted { available: -2 }]
    );
}

#[test]
fn a_revocation_frees_a_seat() {
    let fixture = Fixture::new()
        .product("office", &[])
        .seats("office", 3, 3)
        .holds("office", &[])
        .revoke("office");
    let mut pools = fixture.pools();
    fixture.planner().plan(&fixture.users(2), &mut pools);
    let pool = pools.get(fixture.key("office")).unwrap();
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
    let fixture = office().blocked();
    let mut pools = fixture.pools();
    fixture.planner().plan(&fixture.users(2), &mut pools);
    assert_eq!(pools, fixture.pools());
}

#[test]
fn a_seat_beyond_the_active_ones_is_in_grace() {
    let fixture = office().seats("office", 2, 1).seats_in_grace("office", 1);
    let plan = fixture
        .planner()
        .plan(&fixture.users(3), &mut fixture.pools());
    let decisions = decisions(&plan);
    assert!(decisions[0].products[0].warnings.is_empty());
    assert_eq!(decisions[1].products[0].warnings, [Warning::SeatInGrace]);
    assert_eq!(decisions[2].products[0].outcome, Outcome::Failed);
}

#[test]
fn a_swap_works_without_a_seat_to_spare() {
    let fixture = Fixture::new()
        .product("old", &[])
        .product("new", &[])
        .seats("old", 2, 2)
        .seats("new", 2, 0)
        .holds("old", &[])
        .assign("new", &[])
        .revoke("old");
    let mut pools = fixture.pools();
    let plan = fixture.planner().plan(&fixture.users(2), &mut pools);
    assert!(!plan.has_failures());
    assert_eq!(pools.get(fixture.key("old")).unwrap().available, 2);
    assert_eq!(pools.get(fixture.key("new")).unwrap().available, 0);
}

#[test]
fn unlimited_pools_count_what_is_short() {
    let fixture = office().seats("office", 3, 1);
    let mut pools = fixture.unlimited_pools();
    let plan = fixture.planner().plan(&fixture.users(5), &mut pools);
    assert!(!plan.has_failures());
    assert_eq!(pools.taken(fixture.key("office")), 5);
    assert_eq!(
        pools.shortages().collect::<Vec<_>>(),
        [(fixture.key("office"), 3)]
    );
}

#[test]
fn unlimited_pools_still_report_a_missing_entitlement() {
    let fixture = office().not_entitled("office");
    let mut pools = fixture.unlimited_pools();
    let plan = fixture.planner().plan(&fixture.users(1), &mut pools);
    assert_eq!(
        plan.decisions[0].products[0].violations,
        [Violation::NotEntitled]
    );
    assert_eq!(pools.shortages().count(), 0);
}

#[test]
fn a_pool_already_below_zero_is_no_shortage_to_those_who_need_nothing() {
    let fixture = office().seats("office", 1, 4).holds("office", &[]);
    let mut pools = fixture.unlimited_pools();
    fixture.planner().plan(&fixture.users(4), &mut pools);
    assert_eq!(pools.shortages().count(), 0);
}

#[test]
fn purchasing_pools_fail_no_user_for_lack_of_seats() {
    let fixture = office().seats("office", 3, 1);
    let mut pools = fixture.buying_pools();
    let plan = fixture.planner().plan(&fixture.users(5), &mut pools);
    assert!(!plan.has_failures());
    let bought = pools.bought().collect::<Vec<_>>();
    assert_eq!(bought, [(fixture.key("office"), 3)]);
}

#[test]
fn nothing_is_bought_for_users_who_fail_for_another_reason() {
    let fixture = office().seats("office", 1, 1).blocked();
    let mut pools = fixture.buying_pools();
    let plan = fixture.planner().plan(&fixture.users(5), &mut pools);
    assert_eq!(
        plan.decisions[0].products[0].violations,
        [Violation::UserBlocked]
    );
    assert_eq!(pools.bought().count(), 0);
}

#[test]
fn a_product_of_the_whole_company_is_not_bought_for_users() {
    let fixture = Fixture::new()
        .company_product("tenant")
        .assign("tenant", &[])
        .not_entitled("tenant");
    let mut pools = fixture.buying_pools();
    let plan = fixture.planner().plan(&fixture.users(1), &mut pools);
    assert_eq!(
        plan.decisions[0].products[0].violations,
        [Violation::NotAssignableToUser]
    );
    assert_eq!(pools.bought().count(), 0);
}
