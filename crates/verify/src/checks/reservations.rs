use std::collections::{BTreeMap, BTreeSet};

use seatkeeper_domain::{BatchKey, BatchState, Entitlement, ProductKey};
use seatkeeper_store::{Batch, Reservation};

use crate::{Check, Findings};

/// The reserved seats of entitlements are the reservations of running batches.
#[derive(Default)]
pub(crate) struct Reservations {
    reserved: BTreeMap<ProductKey, i64>,
    running: BTreeSet<BatchKey>,
    by_product: BTreeMap<ProductKey, i64>,
}

impl Check for Reservations {
    fn entitlement(&mut self, entitlement: &Entitlement, _: &mut Findings) {
        self.reserved
            .insert(entitlement.product, entitlement.reserved);
    }

    fn batch(&mut self, batch: &Batch, _: &mut Findings) {
        if batch.state == BatchState::Running {
            self.running.insert(batch.key);
        }
    }

    fn reservation(&mut self, reservation: &Reservation, found: &mut Findings) {
        let (batch, product) = (reservation.batch, reservation.product);
        let key = format!("batch {} product {}", batch.0, product.0);
        if reservation.seats <= 0 {
            found.add("reservations", &key, "it reserves no seat");
        }
        if !self.running.contains(&batch) {
            found.add("reservations", &key, "its batch does not run");
        }
        *self.by_product.entry(product).or_default() += reservation.seats;
    }

    fn end(&mut self, found: &mut Findings) {
        for (product, &reserved) in &self.reserved {
            let set_aside = self.by_product.get(product).copied().unwrap_or_default();
            let key = format_args!("product {}", product.0);
            found.expect_equal("entitlements", key, "reserved", reserved, set_aside);
        }
    }
}
