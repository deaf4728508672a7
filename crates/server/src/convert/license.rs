use std::collections::HashMap;

use seatkeeper_domain::{CompiledCatalog, CustomerId, License, ProductKey};
use seatkeeper_engine::EntitlementView;
use seatkeeper_proto::v1::{self, license::State};

use super::{names, product, time};

/// Encodes licenses of a customer with the state that its entitlements give them.
pub(crate) struct LicenseEncoder<'a> {
    customer: &'a CustomerId,
    catalog: &'a CompiledCatalog,
    states: HashMap<ProductKey, State>,
}

impl<'a> LicenseEncoder<'a> {
    pub(crate) fn new(
        customer: &'a CustomerId,
        catalog: &'a CompiledCatalog,
        entitlements: &[EntitlementView],
    ) -> Self {
        let states = entitlements
            .iter()
            .map(|view| (view.entitlement.product, state(view)));
        Self {
            customer,
            catalog,
            states: states.collect(),
        }
    }

    pub(crate) fn encode(&self, license: &License) -> v1::License {
        let key = license.held.product;
        let product = product::known(self.catalog, key);
        let user = names::user(self.customer, &license.user_id);
        // Without an entitlement to its product, a license can't be used.
        let state = self.states.get(&key).copied().unwrap_or(State::Suspended);
        v1::License {
            name: names::license(&user, &product.id),
            product: names::product(&product.id),
            disabled_plans: product::plan_names(
                self.catalog,
                key,
                license.held.disabled_plans.iter(),
            ),
            state: state.into(),
            create_time: Some(time::to_proto(license.assign_time)),
            journal_sequence_number: license.changed_by.0,
        }
    }
}

/// Seats are counted, not numbered: all licenses of one product have the same state.
fn state(view: &EntitlementView) -> State {
    let units = &view.units;
    if units.usable() == 0 {
        State::Suspended
    } else if view.entitlement.assigned > units.active {
        State::Warning
    } else {
        State::Active
    }
}
