use super::*;

fn purchase(seats: i64, start: i64, end: Option<i64>) -> Purchase {
    Purchase {
        id: PurchaseId::parse("p").unwrap(),
        seats,
        start_time: Timestamp::from_micros(start),
        end_time: end.map(Timestamp::from_micros),
    }
}

fn entitlement(purchases: Vec<Purchase>) -> Entitlement {
    Entitlement {
        product: ProductKey(0),
        purchases,
        assigned: 3,
        reserved: 1,
        waitlisted: 0,
        revision: 1,
        create_time: Timestamp::from_micros(0),
        update_time: Timestamp::from_micros(0),
    }
}

#[test]
fn a_purchase_goes_through_its_states_at_their_very_moments() {
    let purchase = purchase(1, 100, Some(200));
    let moments = [
        (99, PurchaseState::Scheduled),
        (100, PurchaseState::Active),
        (199, PurchaseState::Active),
        (200, PurchaseState::Warning),
        (199 + GRACE_MICROS, PurchaseState::Warning),
        (200 + GRACE_MICROS, PurchaseState::Suspended),
    ];
    for (micros, state) in moments {
        let now = Timestamp::from_micros(micros);
        assert_eq!(purchase.state_at(now), state, "at {micros}");
    }
}

#[test]
fn a_purchase_without_an_end_never_lapses() {
    let purchase = purchase(1, 100, None);
    let now = Timestamp::from_micros(i64::MAX);
    assert_eq!(purchase.state_at(now), PurchaseState::Active);
}

#[test]
fn the_purchases_behind_an_entitlement_lapse_one_by_one() {
    let entitlement = entitlement(vec![
        purchase(1, 0, Some(10)),
        purchase(20, 0, Some(20 + GRACE_MICROS)),
        purchase(300, 0, None),
        purchase(4_000, 30 + GRACE_MICROS, None),
    ]);
    let units = entitlement.units_at(Timestamp::from_micros(20 + GRACE_MICROS));
    assert_eq!((units.active, units.warning, units.suspended), (300, 20, 1));
}

#[test]
fn suspended_seats_leave_those_assigned_without() {
    let entitlement = entitlement(vec![purchase(5, 0, Some(10))]);
    let pool = entitlement.pool_at(Timestamp::from_micros(10 + GRACE_MICROS), 0);
    assert!(pool.entitled && !pool.assignable);
    assert_eq!(pool.available, -4);
}
