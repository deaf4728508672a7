use std::sync::Arc;
use std::time::Duration;

use seatkeeper_domain::{
    BatchMode, Change, CompiledCatalog, Customer, CustomerKey, ShortagePolicy, Timestamp,
    parse_change,
};
use seatkeeper_store::{Batch, BatchSource, BatchSpec, IdempotencyTarget, Lease, NewBatch};

use super::acceptance::Accept;
use super::pending_batch::PendingBatch;
use super::request::{BatchRequest, Selector};
use super::user_source::Source;
use crate::idempotency::IdempotencyKey;
use crate::{Engine, EngineError, EngineResult, Invalid, ids};

/// An accepted batch.
#[derive(Debug, Clone)]
pub struct StartedBatch {
    /// The batch, as accepted or, if `joined`, as it is now.
    pub batch: Batch,
    /// The customer that owns the batch.
    pub customer: CustomerKey,
    /// Whether an earlier call with the same request id has started it.
    pub joined: bool,
}

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
        let found = self.find_customer(&request.customer).await?;
        let customer = found.key;
        let idempotency_key = request.idempotency_key(&checked.change, Some(&selector));
        if let Some(batch) = self
            .replayed_batch(customer, idempotency_key.as_ref())
            .await?
        {
            return Ok(StartedBatch {
                batch,
                customer,
                joined: true,
            });
        }
        let from = selector.source();
        let source = self.source(&found, "selection", selector).await?;
        let pending_batch =
            PendingBatch::new(self, customer, &request, &checked, idempotency_key, from)?;
        self.freeze(source, pending_batch).await
    }

    /// Freezes the users of a pending batch and accepts it.
    pub(super) async fn freeze(
        &self,
        source: Source,
        pending_batch: PendingBatch,
    ) -> EngineResult<StartedBatch> {
        let tasks = &self.core.batches.tasks;
        // Freezing has a task of its own: a caller that disconnects must not leave a batch half
        // accepted.
        let task = tasks.spawn(freeze(source, pending_batch));
        task.await.map_err(|_| EngineError::TaskLost)?
    }

    pub(crate) async fn check_request(&self, request: &BatchRequest) -> EngineResult<Checked> {
        if self.core.batches.stop.is_cancelled() {
            return Err(EngineError::Draining);
        }
        check_shortage(request.mode, request.shortage)?;
        let catalog = self.catalog().await?;
        let change = parse_change(&catalog, &request.change).map_err(EngineError::InvalidChange)?;
        Ok(Checked { catalog, change })
    }

    /// The batch that an earlier call with the same idempotency key started.
    pub(super) async fn replayed_batch(
        &self,
        customer: CustomerKey,
        idempotency_key: Option<&IdempotencyKey>,
    ) -> EngineResult<Option<Batch>> {
        let Some(idempotency_key) = idempotency_key else {
            return Ok(None);
        };
        let record = self
            .core
            .store
            .idempotency_record(customer, &idempotency_key.id)
            .await?;
        match idempotency_key.replay(record)? {
            Some(IdempotencyTarget::Batch(key)) => {
                // A removed batch has taken its request id with it.
                Ok(self.core.store.batch(customer, key).await?)
            }
            // The digest includes the method, so a record of another method never matches.
            Some(IdempotencyTarget::Entry(_)) | None => Ok(None),
        }
    }

    /// The source of a selection's users. `field` is the path of the selection in the request.
    pub(crate) async fn source(
        &self,
        customer: &Customer,
        field: &str,
        selector: Selector,
    ) -> EngineResult<Source> {
        let filter = match selector {
            Selector::Users(users) => return Ok(Source::list(users)),
            Selector::Saved(id) => {
                return Ok(Source::set(self.use_selection(customer, &id).await?));
            }
            Selector::All => None,
            Selector::Filter(filter) => {
                let field = format!("{field}.filter");
                Some(self.resolve_user_filter(&field, filter).await?)
            }
        };
        let up_to = self.core.store.last_user_key(customer.key).await?;
        Ok(Source::directory(filter, up_to))
    }
}

impl Engine {
    pub(super) fn lease_until(&self) -> Timestamp {
        self.core
            .clock
            .now()
            .plus_micros(micros(self.core.limits.lease))
    }

    pub(super) fn new_batch(
        &self,
        request: &BatchRequest,
        checked: &Checked,
        source: BatchSource,
        user_stream_open: bool,
    ) -> NewBatch {
        let version = checked.catalog.version();
        let now = self.core.clock.now();
        self.new_batch_of(
            request.spec(checked.change.clone(), source, version, now),
            user_stream_open,
        )
    }

    pub(super) fn new_batch_of(&self, spec: BatchSpec, user_stream_open: bool) -> NewBatch {
        NewBatch {
            id: ids::batch_id(&*self.core.ids),
            spec,
            lease: Lease {
                owner: Some(self.core.owner.clone()),
                until: Some(self.lease_until()),
                epoch: 1,
            },
            user_stream_open,
        }
    }

    pub(super) fn accept(
        &self,
        catalog: &Arc<CompiledCatalog>,
        idempotency_key: Option<IdempotencyKey>,
    ) -> Accept {
        Accept {
            catalog: Arc::clone(catalog),
            idempotency_key,
            unfinished_max: self.core.limits.batches_unfinished_per_customer_max,
            lease: self.core.limits.lease,
            now: self.core.clock.now(),
        }
    }
}

/// Freezes a batch in steps. The last step, after which the source has no more users, also accepts
/// the batch. A batch of one step is one transaction.
async fn freeze(mut source: Source, mut pending_batch: PendingBatch) -> EngineResult<StartedBatch> {
    let started = write_all(&mut source, &mut pending_batch).await;
    if started.is_err() {
        pending_batch.abandon().await;
    }
    started
}

/// Writes all buffers. A buffer is the last one if the next read is empty; with the default limits
/// the first buffer is the last.
async fn write_all(
    source: &mut Source,
    pending_batch: &mut PendingBatch,
) -> EngineResult<StartedBatch> {
    let mut buffer = pending_batch.read(source, 0).await?;
    loop {
        let next = pending_batch.read(source, buffer.user_count()).await?;
        let started = pending_batch
            .write(buffer, source.duplicates(), next.is_empty())
            .await?;
        if let Some(started) = started {
            return Ok(started);
        }
        buffer = next;
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

pub(crate) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
