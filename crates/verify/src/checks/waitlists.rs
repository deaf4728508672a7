use std::collections::BTreeMap;

use seatkeeper_domain::{Customer, Entitlement, ProductKey};
use seatkeeper_store::{CustomerCounters, UserTally, WaitlistRow};

use crate::{Check, Findings};

/// A waitlisted user does not hold the product, and the counters match the rows.
#[derive(Default)]
pub(crate) struct Waitlists {
    counters: Option<CustomerCounters>,
    waitlisted: BTreeMap<ProductKey, i64>,
    by_product: BTreeMap<ProductKey, i64>,
}

impl Check for Waitlists {
    fn customer(
        &mut self,
        _: &Customer,
        counters: CustomerCounters,
        _: UserTally,
        _: &mut Findings,
    ) {
        self.counters = Some(counters);
    }

    fn entitlement(&mut self, entitlement: &Entitlement, _: &mut Findings) {
        self.waitlisted
            .insert(entitlement.product, entitlement.waitlisted);
    }

    fn waiting(&mut self, waiting: &WaitlistRow, found: &mut Findings) {
        let (product, user) = (waiting.product, waiting.user);
        let key = format!("product {} user {}", product.0, user.0);
        if !waiting.user_exists {
            found.add("waitlist", &key, "its user does not exist");
        }
        if waiting.holds {
            found.add("waitlist", &key, "the user holds the product");
        }
        let last = self.counters.map_or(0, |counters| counters.waitlist);
        let sequence = waiting.sort_key.sequence;
        if sequence > last {
            let what =
                format_args!("its sequence is {sequence}, but the last assigned one is {last}");
            found.add("waitlist", &key, what);
        }
        *self.by_product.entry(product).or_default() += 1;
    }

    fn end(&mut self, found: &mut Findings) {
        let there: i64 = self.by_product.values().sum();
        let counted = self.counters.map_or(0, |counters| counters.waiting);
        found.expect_equal("customers", "-", "waitlist_count", counted, there);
        for (&product, &waitlisted) in &self.waitlisted {
            let there = self.by_product.remove(&product).unwrap_or_default();
            let key = format_args!("product {}", product.0);
            found.expect_equal("entitlements", key, "waitlisted", waitlisted, there);
        }
        for (product, there) in &self.by_product {
            let key = format_args!("product {}", product.0);
            let what = format_args!("it is missing, but {there} users wait for a seat of it");
            found.add("entitlements", key, what);
        }
    }
}
