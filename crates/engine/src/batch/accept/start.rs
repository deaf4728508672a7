use std::sync::Arc;

use seatkeeper_domain::{
    BatchMode, Change, CompiledCatalog, CustomerKey, ShortagePolicy, parse_change,
};
use seatkeeper_store::{BatchSource, IdempotencyTarget};

use super::freeze::PendingBatch;
use super::request::{BatchRequest, Selector, StartedBatch};
use crate::idempotency::IdempotencyKey;
use crate::{Engine, EngineError, EngineResult, Invalid};

/// A request that was checked against the catalog.
pub(crate) struct Checked {
    pub(crate) catalog: Arc<CompiledCatalog>,
    pub(crate) change: Change,
}

impl Engine {
    /// Starts a batch: freezes its users, accepts it, and spawns its worker. The batch runs to its
    /// end even if it has no followers.
    pub async fn start_batch(
        &self,
        request: BatchRequest,
        selector: Selector,
    ) -> EngineResult<StartedBatch> {
        let checked = self.check_request(&request).await?;
        let customer = self.find_customer(&request.customer).await?;
        let key = request.idempotency_key(&checked.change, Some(&selector));
        if let Some(joined) = self.replayed_batch(customer.key, key.as_ref()).await? {
            return Ok(joined);
        }
        let source = selector.source();
        let users = self.source(&customer, "selection", selector).await?;
        self.pending_batch(customer.key, &request, &checked, key, source)?
            .freeze(users)
            .await
    }

    pub(crate) async fn check_request(&self, request: &BatchRequest) -> EngineResult<Checked> {
        self.check_accepts_batches()?;
        check_shortage(request.mode, request.shortage)?;
        let catalog = self.catalog().await?;
        let change = parse_change(&catalog, &request.change).map_err(EngineError::InvalidChange)?;
        Ok(Checked { catalog, change })
    }

    /// Rejects new batches while the server drains.
    pub(super) fn check_accepts_batches(&self) -> EngineResult<()> {
        if self.core.tasks.is_stopping() {
            return Err(EngineError::Draining);
        }
        Ok(())
    }

    /// The batch that an earlier call with the same idempotency key started.
    pub(super) async fn replayed_batch(
        &self,
        customer: CustomerKey,
        idempotency_key: Option<&IdempotencyKey>,
    ) -> EngineResult<Option<StartedBatch>> {
        let Some(idempotency_key) = idempotency_key else {
            return Ok(None);
        };
        let record = self
            .core
            .store
            .idempotency_record(customer, &idempotency_key.id)
            .await?;
        let found = match idempotency_key.replay(record)? {
            // A removed batch has taken its request id with it.
            Some(IdempotencyTarget::Batch(key)) => self.core.store.batch(customer, key).await?,
            // The digest includes the method, so a record of another method never matches.
            Some(IdempotencyTarget::Entry(_)) | None => None,
        };
        Ok(found.map(|batch| StartedBatch::joined(customer, batch)))
    }

    /// A pending batch for a checked request.
    pub(super) fn pending_batch(
        &self,
        customer: CustomerKey,
        request: &BatchRequest,
        checked: &Checked,
        idempotency_key: Option<IdempotencyKey>,
        source: BatchSource,
    ) -> EngineResult<PendingBatch> {
        let Checked { catalog, change } = checked;
        let now = self.core.clock.now();
        let spec = request.spec(change.clone(), source, catalog.version(), now);
        PendingBatch::new(
            self,
            customer,
            &request.caller,
            spec,
            catalog,
            idempotency_key,
        )
    }
}

/// Rejects WAITLIST in a mode that does not support waiting for seats.
pub(super) fn check_shortage(mode: BatchMode, shortage: ShortagePolicy) -> EngineResult<()> {
    if mode == BatchMode::AllOrNothing && shortage == ShortagePolicy::Waitlist {
        let description = "WAITLIST can't be combined with ALL_OR_NOTHING: a waitlisted user has \
                           neither succeeded nor failed; use PER_USER or PER_LICENSE";
        return Err(Invalid::value("shortage_policy", description));
    }
    Ok(())
}
