use async_trait::async_trait;
use seatkeeper_domain::{
    Actor, Effect, Entitlement, JournalSequence, LicenseChanges, Purchase, PurchaseId, Timestamp,
};
use seatkeeper_fault::{Point, pass};
use seatkeeper_store::{CustomerTx, RequestTarget};

use super::edit::{Edit, Target};
use super::giving_up::GivingUp;
use crate::EngineResult;
use crate::engine::check_revision;
use crate::requests::Request;
use crate::transact::Work;

/// What an edit came to.
pub(super) struct Edited {
    /// The entitlement as it is now.
    pub(super) entitlement: Entitlement,
    /// The purchase that an earlier call under the same request id had changed.
    pub(super) earlier: Option<PurchaseId>,
    /// What happened to the users who gave up their seats.
    pub(super) given_up: Option<LicenseChanges>,
}

/// An edit of one entitlement, in one transaction.
pub(super) struct EditWork {
    pub(super) target: Target,
    pub(super) edit: Edit,
    pub(super) giving_up: Option<GivingUp>,
    pub(super) revision: Option<i64>,
    pub(super) request: Option<Request>,
    pub(super) validate_only: bool,
    pub(super) actor: Actor,
}

#[async_trait]
impl Work for EditWork {
    type Output = Edited;

    fn locked_at(&mut self, now: Timestamp) {
        self.target.now = now;
    }

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<Edited> {
        let product = self.target.product;
        let mut found = tx.entitlements(&[product]).await?.into_iter().next();
        if let Some(done) = self.done_before(tx, found.as_ref()).await? {
            return Ok(done);
        }
        let revision = found.as_ref().map_or(0, |found| found.revision);
        check_revision(self.revision, revision, || self.target.entitlement())?;
        let given_up = match (&mut self.giving_up, &mut found) {
            (Some(giving_up), Some(found)) => {
                Some(giving_up.decide(tx, &self.target, found).await?)
            }
            _ => None,
        };
        let (entitlement, touched) = self.edit.apply(&self.target, found)?;
        if !self.validate_only {
            self.write(tx, &entitlement, touched, given_up.as_ref())
                .await?;
        }
        Ok(Edited {
            entitlement,
            earlier: None,
            given_up,
        })
    }

    async fn served(&mut self, tx: &mut dyn CustomerTx, edited: &mut Edited) -> EngineResult<()> {
        let found = tx.entitlements(&[self.target.product]).await?;
        if let Some(found) = found.into_iter().next() {
            edited.entitlement = found;
        }
        Ok(())
    }
}

impl EditWork {
    /// What an earlier call under the same request id came to, with the entitlement as it is now.
    ///
    /// # Errors
    /// [`EngineError::RequestIdReused`](crate::EngineError::RequestIdReused) when that call asked
    /// for something else, also where nothing was ever bought of this product.
    async fn done_before(
        &self,
        tx: &mut dyn CustomerTx,
        found: Option<&Entitlement>,
    ) -> EngineResult<Option<Edited>> {
        let Some(request) = &self.request else {
            return Ok(None);
        };
        let earlier = request.earlier(tx.request(&request.id).await?)?;
        let (Some(RequestTarget::Entry(sequence)), Some(found)) = (earlier, found) else {
            return Ok(None);
        };
        let Some(entry) = tx.entry(sequence).await? else {
            return Ok(None);
        };
        let earlier = if let Effect::PurchaseChanged { purchase, .. } = &entry.effect {
            Some(purchase.id.clone())
        } else {
            None
        };
        Ok(Some(Edited {
            entitlement: found.clone(),
            earlier,
            given_up: entry.effect.into_license_changes(),
        }))
    }

    /// Writes the edit. Whatever seats it makes available, it makes available here.
    async fn write(
        &self,
        tx: &mut dyn CustomerTx,
        entitlement: &Entitlement,
        touched: Vec<Purchase>,
        given_up: Option<&LicenseChanges>,
    ) -> EngineResult<()> {
        let (now, actor) = (self.target.now, &self.actor);
        let mut told = None;
        if let Some(changes) = given_up {
            let entry = tx.record_licenses(now, actor, changes.clone()).await?;
            told = Some(entry.sequence);
        }
        tx.save_entitlement(entitlement).await?;
        pass(Point::PurchaseSaved);
        let mut last = JournalSequence(0);
        for purchase in touched {
            let product = entitlement.product;
            let effect = Effect::PurchaseChanged { product, purchase };
            last = tx.append(now, actor, effect).await?.sequence;
        }
        pass(Point::PurchaseJournaled);
        if let Some(request) = &self.request {
            // The entry that tells a repeated call most: the users' results, where there are some.
            let target = RequestTarget::Entry(told.unwrap_or(last));
            request.remember(tx, target, now).await?;
        }
        Ok(())
    }
}
