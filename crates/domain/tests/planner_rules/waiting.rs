use seatkeeper_domain::{
    Entitlement, Outcome, PlanPolicy, ProductKey, Purchase, PurchaseId, Timestamp, Violation,
};

use crate::fixture::{Fixture, decisions, outcomes};

fn shop() -> Fixture {
    Fixture::new()
        .product("office", &["mail", "docs"])
        .product("phone", &["call"])
        .waiting_for_seats()
}

#[test]
fn users_without_a_seat_are_waitlisted_and_earlier_users_are_not() {
    let fixture = shop().assign("office", &[]).seats("office", 1, 0);
    let plan = fixture
        .planner()
        .plan(&fixture.users(2), &mut fixture.pools());
    assert_eq!(outcomes(&plan), [Outcome::Assigned, Outcome::Waitlisted]);
    assert_eq!(decisions(&plan)[1].products[0].violations, []);
}

#[test]
fn seats_that_are_suspended_are_waited_for() {
    let decided = shop().suspended("office").assign("office", &[]).decide();
    assert_eq!(decided.outcome("office"), Outcome::Waitlisted);
}

#[test]
fn users_are_not_waitlisted_for_a_product_without_an_entitlement() {
    let decided = shop().not_entitled("office").assign("office", &[]).decide();
    assert_eq!(decided.violations("office"), [Violation::NotEntitled]);
}

#[test]
fn a_swap_without_a_seat_revokes_nothing_yet() {
    let decided = shop()
        .seats("office", 1, 1)
        .holds("phone", &[])
        .assign("office", &[])
        .revoke("phone")
        .decide();
    assert_eq!(decided.outcome("phone"), Outcome::Waitlisted);
    assert_eq!(decided.held(), ["phone"]);
}

#[test]
fn per_user_the_whole_change_waits_and_holds_the_seat_there_is() {
    let fixture = shop()
        .seats("office", 1, 1)
        .seats("phone", 1, 0)
        .assign("office", &[])
        .assign("phone", &[]);
    let mut pools = fixture.pools();
    let plan = fixture.planner().plan(&fixture.users(1), &mut pools);
    let decided: Vec<Outcome> = decisions(&plan)[0]
        .products
        .iter()
        .map(|product| product.outcome)
        .collect();
    assert_eq!(decided, [Outcome::Waitlisted, Outcome::Waitlisted]);
    let phone = pools.get(fixture.key("phone")).unwrap();
    assert_eq!((phone.available, phone.assigned), (0, 0));
}

#[test]
fn a_failure_comes_before_waiting() {
    let decided = shop()
        .seats("office", 1, 1)
        .not_entitled("phone")
        .assign("office", &[])
        .assign("phone", &[])
        .decide();
    assert_eq!(
        decided.violations("office"),
        [decided.other_failed("phone")]
    );
}

#[test]
fn per_license_a_product_waits_by_itself() {
    let decided = shop()
        .per_license()
        .seats("office", 1, 1)
        .assign("office", &[])
        .assign("phone", &[])
        .decide();
    assert_eq!(decided.outcome("office"), Outcome::Waitlisted);
    assert_eq!(decided.outcome("phone"), Outcome::Assigned);
}

#[test]
fn per_license_what_needs_a_product_that_waits_fails() {
    let decided = shop()
        .needs("call", &["mail"])
        .per_license()
        .seats("office", 1, 1)
        .assign("office", &[])
        .assign("phone", &[])
        .decide();
    assert_eq!(decided.outcome("office"), Outcome::Waitlisted);
    assert_eq!(decided.outcome("phone"), Outcome::Failed);
}

#[test]
fn per_user_what_waits_is_all_that_there_was_to_do() {
    let fixture = shop()
        .product("video", &["meet"])
        .seats("office", 1, 1)
        .holds("phone", &[])
        .assign("office", &["docs"])
        .revoke("phone")
        .revoke("video");
    let planner = fixture.planner();
    let decided = fixture.clone().decide();
    let waiting = planner.waiting(&decided.decision);
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].seats, [fixture.key("office")]);
    assert_eq!(waiting[0].change.assign, planner.change().assign);
    assert_eq!(waiting[0].change.revoke, [fixture.key("phone")]);
}

#[test]
fn per_license_plans_that_carry_over_are_kept_while_it_waits() {
    let fixture = Fixture::new()
        .product("old", &["mail", "docs"])
        .product("new", &["mail", "docs"])
        .waiting_for_seats()
        .per_license()
        .seats("new", 1, 1)
        .holds("old", &["docs"])
        .assign_keeping("new", &[])
        .revoke("old");
    let planner = fixture.planner();
    let decided = fixture.clone().decide();
    let waiting = planner.waiting(&decided.decision);
    let [assignment] = &waiting[0].change.assign[..] else {
        panic!("one product waits: {waiting:?}");
    };
    assert_eq!(assignment.plan_policy, PlanPolicy::Replace);
    assert_eq!(assignment.disabled_plans.iter().count(), 1);
}

#[test]
fn per_license_a_swap_waits_with_the_first_product_that_waits() {
    let fixture = shop()
        .product("video", &["meet"])
        .per_license()
        .not_entitled("video")
        .seats("office", 1, 1)
        .holds("phone", &[])
        .assign("video", &[])
        .assign("office", &[])
        .revoke("phone");
    let planner = fixture.planner();
    let decided = fixture.clone().decide();
    assert_eq!(decided.outcome("video"), Outcome::Failed);
    assert_eq!(decided.outcome("phone"), Outcome::Waitlisted);
    let waiting = planner.waiting(&decided.decision);
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].seats, [fixture.key("office")]);
    assert_eq!(waiting[0].change.revoke, [fixture.key("phone")]);
}

#[test]
fn a_user_off_the_waitlist_has_no_waiting_change() {
    let fixture = shop().assign("office", &[]);
    let decided = fixture.clone().decide();
    assert_eq!(fixture.planner().waiting(&decided.decision), []);
}

/// Ten bought seats, seven of them assigned, and another purchase that starts at time 100.
fn entitlement(reserved: i64, waitlisted: i64) -> Entitlement {
    let purchase = |id, start| Purchase {
        id: PurchaseId::parse(id).unwrap(),
        seats: 10,
        start_time: Timestamp::from_micros(start),
        end_time: None,
    };
    Entitlement {
        product: ProductKey(0),
        purchases: vec![purchase("later", 100), purchase("first", 0)],
        assigned: 7,
        reserved,
        waitlisted,
        revision: 1,
        create_time: NOW,
        update_time: NOW,
    }
}

const NOW: Timestamp = Timestamp::from_micros(50);

#[test]
fn seats_with_a_waitlist_are_not_given_to_others() {
    let available = |waitlisted| entitlement(0, waitlisted).pool_at(NOW, 0).available;
    assert_eq!([0, 2, 3, 9].map(available), [3, 1, 0, 0]);
    assert_eq!(entitlement(0, 9).queue_pool_at(NOW).available, 3);
}

#[test]
fn a_waitlisted_user_does_not_take_reserved_seats() {
    assert_eq!(entitlement(3, 9).pool_at(NOW, 3).available, 3);
    assert_eq!(entitlement(2, 9).pool_at(NOW, 2).available, 2);
}

#[test]
fn seats_below_zero_stay_what_they_are_while_users_wait() {
    assert_eq!(entitlement(5, 9).pool_at(NOW, 0).available, -2);
}

#[test]
fn the_next_seats_come_with_the_purchase_that_starts_next() {
    let entitlement = entitlement(0, 1);
    let next = |now| entitlement.next_start_after(Timestamp::from_micros(now));
    assert_eq!(next(99), Some(Timestamp::from_micros(100)));
    assert_eq!(next(100), None);
}
