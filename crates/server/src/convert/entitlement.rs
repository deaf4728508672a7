use seatkeeper_domain::{CustomerId, Purchase, PurchaseState, Timestamp};
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
        unusable_count: view.unusable(),
        waitlisted_count: entitlement.waitlisted,
        purchases: purchases
            .map(|purchase| purchase_to_proto(purchase, view.read_time))
            .collect(),
        buy_more_uri: view.buy_more_uri.clone().unwrap_or_default(),
        create_time: Some(time::to_proto(entitlement.create_time)),
        update_time: Some(time::to_proto(entitlement.update_time)),
        etag: etag::of(entitlement.revision),
    }
}

pub(crate) fn purchase_to_proto(purchase: &Purchase, now: Timestamp) -> v1::Purchase {
    v1::Purchase {
        purchase_id: purchase.id.as_str().to_owned(),
        seat_count: purchase.seats,
        start_time: Some(time::to_proto(purchase.start_time)),
        end_time: purchase.end_time.map(time::to_proto),
        grace_end_time: purchase.grace_end_time().map(time::to_proto),
        state: state(purchase.state_at(now)).into(),
    }
}

fn state(state: PurchaseState) -> State {
    match state {
        PurchaseState::Scheduled => State::Scheduled,
        PurchaseState::Active => State::Active,
        PurchaseState::Warning => State::Warning,
        PurchaseState::Suspended => State::Suspended,
    }
}
