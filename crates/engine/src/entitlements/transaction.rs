use async_trait::async_trait;
use seatkeeper_domain::{
    CustomerId, Effect, Entitlement, JournalSequence, LicenseChanges, Principal, Product, Purchase,
    PurchaseId, Timestamp,
};
use seatkeeper_failpoints::{Point, fail_point};
use seatkeeper_store::{CustomerTx, IdempotencyTarget};

use super::edit::{Edit, Target};
use super::seat_release::SeatRelease;
use crate::engine::check_revision;
use crate::idempotency::IdempotencyKey;
use crate::transaction::Transaction;
use crate::{Engine, EngineResult};

/// The result of an edit.
pub(super) struct EditOutcome {
    /// The entitlement after the edit.
    pub(super) entitlement: Entitlement,
    /// The purchase that an earlier call with the same request id changed.
    pub(super) replayed_purchase: Option<PurchaseId>,
    /// The results of the users whose seats were released.
    pub(super) released: Option<LicenseChanges>,
}

/// An edit of one entitlement, in one transaction.
pub(super) struct EditTransaction {
    pub(super) target: Target,
    pub(super) edit: Edit,
    pub(super) seat_release: Option<SeatRelease>,
    pub(super) revision: Option<i64>,
    pub(super) idempotency_key: Option<IdempotencyKey>,
    pub(super) validate_only: bool,
    pub(super) principal: Principal,
}

impl Engine {
    /// The entitlement to a product, for an edit at the current time.
    pub(super) fn edit_target(&self, customer: &CustomerId, product: &Product) -> Target {
        Target {
            customer: customer.clone(),
            product: product.key,
            product_id: product.id.clone(),
            now: self.core.clock.now(),
            purchases_max: self.core.limits.purchases_per_entitlement_max,
        }
    }
}

#[async_trait]
impl Transaction for EditTransaction {
    type Output = EditOutcome;

    fn on_locked(&mut self, now: Timestamp) {
        self.target.now = now;
    }

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<EditOutcome> {
        let product = self.target.product;
        let mut found = tx.entitlements(&[product]).await?.into_iter().next();
        if let Some(done) = self.replay(tx, found.as_ref()).await? {
            return Ok(done);
        }
        let revision = found.as_ref().map_or(0, |found| found.revision);
        check_revision(self.revision, revision, || self.target.entitlement())?;
        let released = match (&mut self.seat_release, &mut found) {
            (Some(seat_release), Some(found)) => {
                Some(seat_release.decide(tx, &self.target, found).await?)
            }
            _ => None,
        };
        let (entitlement, touched) = self.edit.apply(&self.target, found)?;
        if !self.validate_only {
            self.write(tx, &entitlement, touched, released.as_ref())
                .await?;
        }
        Ok(EditOutcome {
            entitlement,
            replayed_purchase: None,
            released,
        })
    }

    async fn on_waitlist_served(
        &mut self,
        tx: &mut dyn CustomerTx,
        edited: &mut EditOutcome,
    ) -> EngineResult<()> {
        let found = tx.entitlements(&[self.target.product]).await?;
        if let Some(found) = found.into_iter().next() {
            edited.entitlement = found;
        }
        Ok(())
    }
}

impl EditTransaction {
    /// The result of an earlier call with the same request id, with the current entitlement.
    ///
    /// # Errors
    /// [`EngineError::RequestIdReused`](crate::EngineError::RequestIdReused) when the earlier call
    /// was a different request. This is checked even if the product was never bought.
    async fn replay(
        &self,
        tx: &mut dyn CustomerTx,
        found: Option<&Entitlement>,
    ) -> EngineResult<Option<EditOutcome>> {
        let Some(idempotency_key) = &self.idempotency_key else {
            return Ok(None);
        };
        let target = idempotency_key.replay(tx.idempotency_record(&idempotency_key.id).await?)?;
        let (Some(IdempotencyTarget::Entry(sequence)), Some(found)) = (target, found) else {
            return Ok(None);
        };
        let Some(entry) = tx.entry(sequence).await? else {
            return Ok(None);
        };
        let replayed_purchase = if let Effect::PurchaseChanged { purchase, .. } = &entry.effect {
            Some(purchase.id.clone())
        } else {
            None
        };
        Ok(Some(EditOutcome {
            entitlement: found.clone(),
            replayed_purchase,
            released: entry.effect.into_license_changes(),
        }))
    }

    /// Writes the edit. Seats that it makes available become available in this transaction.
    async fn write(
        &self,
        tx: &mut dyn CustomerTx,
        entitlement: &Entitlement,
        touched: Vec<Purchase>,
        released: Option<&LicenseChanges>,
    ) -> EngineResult<()> {
        let (now, principal) = (self.target.now, &self.principal);
        let mut license_entry = None;
        if let Some(changes) = released {
            let entry = tx.record_licenses(now, principal, changes.clone()).await?;
            license_entry = Some(entry.sequence);
        }
        tx.save_entitlement(entitlement).await?;
        fail_point(Point::PurchaseSaved);
        let mut last = JournalSequence(0);
        for purchase in touched {
            let product = entitlement.product;
            let effect = Effect::PurchaseChanged { product, purchase };
            last = tx.append(now, principal, effect).await?.sequence;
        }
        fail_point(Point::PurchaseJournaled);
        if let Some(idempotency_key) = &self.idempotency_key {
            // A repeated call needs the entry with the most data: the users' results, if there are
            // any.
            let target = IdempotencyTarget::Entry(license_entry.unwrap_or(last));
            idempotency_key.record(tx, target, now).await?;
        }
        Ok(())
    }
}
