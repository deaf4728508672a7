use seatkeeper_domain::{
    CustomerId, Entitlement, ProductId, ProductKey, Purchase, PurchaseId, Timestamp,
};

use crate::{EngineError, EngineResult, Invalid, InvalidKind, LimitKind, Resource, ResourceKind};

/// An edit of an entitlement's purchases.
pub(super) enum Edit {
    /// Adds a purchase.
    Add {
        /// The new purchase.
        purchase: Purchase,
        /// Whether the product is retired and can't be bought.
        retired: bool,
    },
    /// Removes seats from one purchase, or from the newest purchases first.
    Take {
        /// Number of seats to remove.
        seats: i64,
        /// The purchase to reduce; `None` for the newest first.
        from: Option<PurchaseId>,
    },
    /// Renews a purchase.
    Renew {
        /// The purchase to renew.
        purchase: PurchaseId,
        /// When its seats lapse; `None` for never.
        end_time: Option<Timestamp>,
    },
}

/// The entitlement to edit, with the time and the limit that apply.
pub(super) struct Target {
    pub(super) customer: CustomerId,
    pub(super) product: ProductKey,
    pub(super) product_id: ProductId,
    pub(super) now: Timestamp,
    pub(super) purchases_max: usize,
}

/// An entitlement after an edit, and the purchases that changed.
pub(super) type Changed = (Entitlement, Vec<Purchase>);

impl Edit {
    /// Applies the edit to the current entitlement, if there is one.
    pub(super) fn apply(
        &self,
        target: &Target,
        found: Option<Entitlement>,
    ) -> EngineResult<Changed> {
        if let Self::Add { purchase, retired } = self {
            if *retired {
                return Err(retired_product(&target.product_id));
            }
            let entitlement = found.unwrap_or_else(|| new(target.product, target.now));
            return target.add(entitlement, purchase);
        }
        let found =
            found.ok_or_else(|| entitlement_not_found(&target.customer, &target.product_id))?;
        match self {
            Self::Add { purchase, .. } => target.add(found, purchase),
            Self::Take { seats, from } => target.take(found, *seats, from.as_ref()),
            Self::Renew { purchase, end_time } => target.renew(found, purchase, *end_time),
        }
    }
}

impl Target {
    pub(super) fn entitlement(&self) -> Resource {
        Resource::of_customer(
            ResourceKind::Entitlement,
            &self.customer,
            "entitlements",
            &self.product_id,
        )
    }

    fn purchase(&self, id: &PurchaseId) -> Resource {
        let product = &self.product_id;
        Resource::of_customer(
            ResourceKind::Purchase,
            &self.customer,
            "entitlements",
            format_args!("{product}/purchases/{id}"),
        )
    }

    fn add(&self, mut entitlement: Entitlement, purchase: &Purchase) -> EngineResult<Changed> {
        if purchase
            .end_time
            .is_some_and(|end| end <= purchase.start_time)
        {
            return Err(Invalid::value("end_time", "must be after start_time"));
        }
        if index_of(&entitlement, &purchase.id).is_some() {
            return Err(EngineError::AlreadyExists(self.purchase(&purchase.id)));
        }
        if entitlement.purchases.len() >= self.purchases_max {
            return Err(EngineError::Limit {
                kind: LimitKind::EntitlementPurchases,
                given: count(entitlement.purchases.len() + 1),
                max: count(self.purchases_max),
            });
        }
        entitlement.purchases.push(purchase.clone());
        touch(&mut entitlement, self.now);
        Ok((entitlement, vec![purchase.clone()]))
    }

    fn take(
        &self,
        mut entitlement: Entitlement,
        seats: i64,
        from: Option<&PurchaseId>,
    ) -> EngineResult<Changed> {
        if let Some(id) = from
            && index_of(&entitlement, id).is_none()
        {
            return Err(EngineError::NotFound(self.purchase(id)));
        }
        let before = entitlement.units_at(self.now).usable();
        let mut wanted = seats;
        let mut touched = Vec::new();
        let newest_first = entitlement.purchases.iter_mut().rev();
        for purchase in newest_first.filter(|purchase| from.is_none_or(|id| purchase.id == *id)) {
            let taken = wanted.min(purchase.seats);
            if taken > 0 {
                purchase.seats -= taken;
                wanted -= taken;
                touched.push(purchase.clone());
            }
        }
        if wanted > 0 {
            let purchased = seats - wanted;
            let description = format!("is {seats}; only {purchased} were purchased");
            return Err(Invalid::value("seat_count", description));
        }
        let remaining = entitlement.units_at(self.now).usable();
        let in_use = entitlement.assigned + entitlement.reserved;
        // Seats that can't be used may be given back even while the other ones are in use.
        if remaining < before && remaining < in_use {
            return Err(EngineError::SeatsInUse {
                entitlement: self.entitlement(),
                in_use,
                remaining,
            });
        }
        entitlement.purchases.retain(|purchase| purchase.seats > 0);
        touch(&mut entitlement, self.now);
        Ok((entitlement, touched))
    }

    fn renew(
        &self,
        mut entitlement: Entitlement,
        id: &PurchaseId,
        end_time: Option<Timestamp>,
    ) -> EngineResult<Changed> {
        let index =
            index_of(&entitlement, id).ok_or_else(|| EngineError::NotFound(self.purchase(id)))?;
        let purchase = &mut entitlement.purchases[index];
        let Some(before) = purchase.end_time else {
            let description = "the purchase never lapses; there is nothing to renew";
            return Err(Invalid::value("end_time", description));
        };
        if end_time.is_some_and(|end| end <= before) {
            return Err(Invalid::value(
                "end_time",
                "must be later than the current end of the purchase",
            ));
        }
        purchase.end_time = end_time;
        let renewed = purchase.clone();
        touch(&mut entitlement, self.now);
        Ok((entitlement, vec![renewed]))
    }
}

/// An entitlement without purchases.
pub(super) fn new(product: ProductKey, now: Timestamp) -> Entitlement {
    Entitlement {
        product,
        purchases: Vec::new(),
        assigned: 0,
        reserved: 0,
        waitlisted: 0,
        revision: 0,
        create_time: now,
        update_time: now,
    }
}

/// Increments the revision and sets the update time.
pub(super) fn touch(entitlement: &mut Entitlement, now: Timestamp) {
    entitlement.revision += 1;
    entitlement.update_time = now;
}

/// The index of a purchase in an entitlement.
pub(super) fn index_of(entitlement: &Entitlement, id: &PurchaseId) -> Option<usize> {
    let mut purchases = entitlement.purchases.iter();
    purchases.position(|purchase| purchase.id == *id)
}

fn retired_product(id: &ProductId) -> EngineError {
    Invalid::one(
        InvalidKind::RetiredProduct(id.clone()),
        "name",
        format!("product {id} is retired: it can be revoked, not bought"),
    )
}

fn count(purchases: usize) -> i64 {
    i64::try_from(purchases).expect("purchases fit memory")
}

pub(crate) fn entitlement_not_found(customer: &CustomerId, product: &ProductId) -> EngineError {
    EngineError::NotFound(Resource::of_customer(
        ResourceKind::Entitlement,
        customer,
        "entitlements",
        product,
    ))
}
