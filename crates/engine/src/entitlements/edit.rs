use async_trait::async_trait;
use seatkeeper_domain::{
    Actor, Effect, Entitlement, JournalSequence, ProductId, ProductKey, Purchase, PurchaseId,
    Timestamp,
};
use seatkeeper_fault::{Point, pass};
use seatkeeper_store::{CustomerTx, RequestTarget};

use super::entitlement_not_found;
use crate::engine::{check_revision, customer_id};
use crate::requests::Request;
use crate::transact::Work;
use crate::{EngineError, EngineResult, Resource, ResourceKind};

/// What to do with an entitlement's purchases.
pub(super) enum Edit {
    /// Add one.
    Add(Purchase),
    /// Take seats off one, or off the newest first.
    Take {
        /// How many.
        seats: i64,
        /// Which.
        from: Option<PurchaseId>,
    },
}

/// What an edit came to.
pub(super) struct Edited {
    /// The entitlement afterwards.
    pub(super) entitlement: Entitlement,
    /// The purchase that was added, or the last one that seats were taken off.
    pub(super) purchase: PurchaseId,
}

/// An edit of one entitlement, in one transaction.
pub(super) struct EditWork {
    pub(super) product: ProductKey,
    pub(super) product_id: ProductId,
    pub(super) edit: Edit,
    pub(super) revision: Option<i64>,
    pub(super) request: Option<Request>,
    pub(super) validate_only: bool,
    pub(super) actor: Actor,
    pub(super) now: Timestamp,
}

#[async_trait]
impl Work for EditWork {
    type Output = Edited;

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<Edited> {
        let found = tx.entitlements(&[self.product]).await?.into_iter().next();
        if let Some(done) = self.done_before(tx, found.as_ref()).await? {
            return Ok(done);
        }
        check_revision(
            self.revision,
            found.as_ref().map_or(0, |found| found.revision),
            || self.entitlement_resource(tx),
        )?;
        let (entitlement, touched) = self.edited(tx, found)?;
        let purchase = touched.last().map(|purchase| purchase.id.clone());
        let purchase = purchase.expect("an edit touches at least one purchase");
        if self.validate_only {
            return Ok(Edited {
                entitlement,
                purchase,
            });
        }
        tx.save_entitlement(&entitlement).await?;
        pass(Point::PurchaseSaved);
        let mut last = JournalSequence(0);
        for purchase in touched {
            let effect = Effect::PurchaseChanged {
                product: self.product,
                purchase,
            };
            last = tx.append(self.now, &self.actor, effect).await?.sequence;
        }
        pass(Point::PurchaseJournaled);
        if let Some(request) = &self.request {
            request
                .remember(tx, RequestTarget::Entry(last), self.now)
                .await?;
        }
        Ok(Edited {
            entitlement,
            purchase,
        })
    }
}

impl EditWork {
    /// The entitlement as it is now, when an earlier call under the same request id did the work.
    async fn done_before(
        &self,
        tx: &mut dyn CustomerTx,
        found: Option<&Entitlement>,
    ) -> EngineResult<Option<Edited>> {
        let Some(request) = &self.request else {
            return Ok(None);
        };
        let earlier = request.earlier(tx.request(&request.id).await?)?;
        let Some(RequestTarget::Entry(sequence)) = earlier else {
            return Ok(None);
        };
        let entry = tx.entry(sequence).await?.map(|entry| entry.effect);
        let (Some(Effect::PurchaseChanged { purchase, .. }), Some(found)) = (entry, found) else {
            return Ok(None);
        };
        Ok(Some(Edited {
            entitlement: found.clone(),
            purchase: purchase.id,
        }))
    }

    /// The entitlement afterwards, and the purchases that changed.
    fn edited(
        &self,
        tx: &dyn CustomerTx,
        found: Option<Entitlement>,
    ) -> EngineResult<(Entitlement, Vec<Purchase>)> {
        match &self.edit {
            Edit::Add(purchase) => self.with_added(tx, found, purchase),
            Edit::Take { seats, from } => {
                let found = found
                    .ok_or_else(|| entitlement_not_found(&customer_id(tx), &self.product_id))?;
                self.with_taken(tx, found, *seats, from.as_ref())
            }
        }
    }

    fn with_added(
        &self,
        tx: &dyn CustomerTx,
        found: Option<Entitlement>,
        purchase: &Purchase,
    ) -> EngineResult<(Entitlement, Vec<Purchase>)> {
        let mut entitlement = found.unwrap_or_else(|| Entitlement {
            product: self.product,
            purchases: Vec::new(),
            assigned: 0,
            reserved: 0,
            revision: 0,
            create_time: self.now,
            update_time: self.now,
        });
        if entitlement
            .purchases
            .iter()
            .any(|existing| existing.id == purchase.id)
        {
            return Err(EngineError::AlreadyExists(
                self.purchase_resource(tx, &purchase.id),
            ));
        }
        entitlement.purchases.push(purchase.clone());
        self.touch(&mut entitlement);
        Ok((entitlement, vec![purchase.clone()]))
    }

    fn with_taken(
        &self,
        tx: &dyn CustomerTx,
        mut entitlement: Entitlement,
        seats: i64,
        from: Option<&PurchaseId>,
    ) -> EngineResult<(Entitlement, Vec<Purchase>)> {
        if let Some(id) = from
            && !entitlement
                .purchases
                .iter()
                .any(|purchase| purchase.id == *id)
        {
            return Err(EngineError::NotFound(self.purchase_resource(tx, id)));
        }
        let before = entitlement.units_at(self.now);
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
        let after = entitlement.units_at(self.now);
        let in_use = entitlement.assigned + entitlement.reserved;
        let remaining = after.active + after.warning - wanted;
        let shrinks = after.active + after.warning < before.active + before.warning;
        if wanted > 0 || (shrinks && remaining < in_use) {
            return Err(EngineError::SeatsInUse {
                entitlement: self.entitlement_resource(tx),
                in_use,
                remaining,
            });
        }
        entitlement.purchases.retain(|purchase| purchase.seats > 0);
        self.touch(&mut entitlement);
        Ok((entitlement, touched))
    }

    fn touch(&self, entitlement: &mut Entitlement) {
        entitlement.revision += 1;
        entitlement.update_time = self.now;
    }

    fn entitlement_resource(&self, tx: &dyn CustomerTx) -> Resource {
        Resource::of_customer(
            ResourceKind::Entitlement,
            &customer_id(tx),
            "entitlements",
            &self.product_id,
        )
    }

    fn purchase_resource(&self, tx: &dyn CustomerTx, id: &PurchaseId) -> Resource {
        let product = &self.product_id;
        Resource::of_customer(
            ResourceKind::Purchase,
            &customer_id(tx),
            "entitlements",
            format_args!("{product}/purchases/{id}"),
        )
    }
}
