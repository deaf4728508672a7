use seatkeeper_domain::{CustomerId, GRACE_MICROS, Purchase, Timestamp};
use seatkeeper_engine::EntitlementView;
use seatkeeper_proto::v1::{self, purchase::State};

use super::{etag, names, time};

pub(crate) fn to_proto(customer: &CustomerId, view: &EntitlementView) -> v1::Entitlement {
    let entitlement = &view.entitlement;
    let purchases = entitlement.purchases.iter();
    v1::Entitlement {
        name: names::entitlement(customer, &view.product),
        product: names::product(&view.product),
        purchased_count: purchases.clone().map(|purchase| purchase.seats).sum(),
        active_count: view.units.active,
        warning_count: view.units.warning,
        suspended_count: view.units.suspended,
        locked_out_count: view.units.locked_out,
        assigned_count: entitlement.assigned,
        reserved_count: entitlement.reserved,
        available_count: view.available(),
        purchases: purchases
            .map(|purchase| purchase_to_proto(purchase, view.read_time))
            .collect(),
        buy_more_uri: view.buy_more_uri.clone().unwrap_or_default(),
        create_time: Some(time::to_proto(entitlement.create_time)),
        update_time: Some(time::to_proto(entitlement.update_time)),
        etag: etag::of(entitlement.revision),
        ..v1::Entitlement::default()
    }
}

fn purchase_to_proto(purchase: &Purchase, now: Timestamp) -> v1::Purchase {
    let grace_end = purchase.end_time.map(|end| end.plus_micros(GRACE_MICROS));
    let state = if now < purchase.start_time {
        State::Scheduled
    } else if grace_end.is_some_and(|end| end <= now) {
        State::Suspended
    } else if purchase.end_time.is_some_and(|end| end <= now) {
        State::Warning
    } else {
        State::Active
    };
    v1::Purchase {
        purchase_id: purchase.id.as_str().to_owned(),
        seat_count: purchase.seats,
        start_time: Some(time::to_proto(purchase.start_time)),
        end_time: purchase.end_time.map(time::to_proto),
        grace_end_time: grace_end.map(time::to_proto),
        state: state.into(),
    }
}

#[cfg(test)]
mod tests {
    use seatkeeper_domain::PurchaseId;

    use super::*;

    #[test]
    fn a_purchase_goes_through_its_states_at_their_very_moments() {
        let purchase = Purchase {
            id: PurchaseId::parse("p").unwrap(),
            seats: 1,
            start_time: Timestamp::from_micros(100),
            end_time: Some(Timestamp::from_micros(200)),
        };
        let moments = [
            (99, State::Scheduled),
            (100, State::Active),
            (199, State::Active),
            (200, State::Warning),
            (199 + GRACE_MICROS, State::Warning),
            (200 + GRACE_MICROS, State::Suspended),
        ];
        for (micros, state) in moments {
            let written = purchase_to_proto(&purchase, Timestamp::from_micros(micros));
            assert_eq!(written.state(), state, "at {micros}");
        }
    }
}
