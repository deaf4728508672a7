use std::sync::Arc;
use std::time::Duration;

use seatkeeper_domain::{
    BatchMode, Change, CompiledCatalog, Customer, CustomerKey, ShortagePolicy, Timestamp,
    parse_change,
};
use seatkeeper_store::{Batch, BatchSource, BatchSpec, Lease, NewBatch, RequestTarget};

use super::accept::Accept;
use super::draft::Draft;
use super::request::{BatchRequest, Selector};
use super::source::Source;
use crate::engine::Shared;
use crate::requests::Request;
use crate::{Engine, EngineError, EngineResult, Invalid, ids};

/// A batch that was accepted.
#[derive(Debug, Clone)]
pub struct StartedBatch {
    /// The batch, as accepted or as it is now.
    pub batch: Batch,
    /// Whose it is.
    pub customer: CustomerKey,
    /// Whether an earlier call under the same request id had started it.
    pub joined: bool,
}

/// A request that was checked against the catalog.
pub(super) struct Checked {
    pub(super) catalog: Arc<CompiledCatalog>,
    pub(super) change: Change,
}

impl Engine {
    /// Starts a batch: freezes its users, accepts it, and sets it going. It goes on whether or
    /// not anybody follows it.
    pub async fn start_batch(
        &self,
        request: BatchRequest,
        selector: Selector,
    ) -> EngineResult<StartedBatch> {
        let checked = self.check_request(&request).await?;
        let found = self.find_customer(&request.customer).await?;
        let customer = found.key;
        let identity = request.request(&checked.change, Some(&selector));
        if let Some(batch) = self.earlier_batch(customer, identity.as_ref()).await? {
            return Ok(StartedBatch {
                batch,
                customer,
                joined: true,
            });
        }
        let from = selector.source();
        let source = self.source(&found, "selection", selector).await?;
        let draft = Draft::new(&self.shared, customer, &request, &checked, identity, from)?;
        self.freeze(source, draft).await
    }

    /// Freezes the users of a draft and accepts it.
    pub(super) async fn freeze(&self, source: Source, draft: Draft) -> EngineResult<StartedBatch> {
        let tasks = &self.shared.batches.tasks;
        // A task of its own: a caller who hangs up must not leave a batch half accepted.
        let task = tasks.spawn(freeze(source, draft));
        task.await.map_err(|_| EngineError::TaskLost)?
    }

    pub(super) async fn check_request(&self, request: &BatchRequest) -> EngineResult<Checked> {
        if self.shared.batches.stop.is_cancelled() {
            return Err(EngineError::Draining);
        }
        check_shortage(request.mode, request.shortage)?;
        let catalog = self.catalog().await?;
        let change = parse_change(&catalog, &request.change).map_err(EngineError::InvalidChange)?;
        Ok(Checked { catalog, change })
    }

    /// The batch that an earlier call with the same request made.
    pub(super) async fn earlier_batch(
        &self,
        customer: CustomerKey,
        request: Option<&Request>,
    ) -> EngineResult<Option<Batch>> {
        let Some(request) = request else {
            return Ok(None);
        };
        let record = self.shared.store.request(customer, &request.id).await?;
        match request.earlier(record)? {
            Some(RequestTarget::Batch(key)) => {
                // One that was removed since has taken the request id with it.
                Ok(self.shared.store.batch(customer, key).await?)
            }
            // The digest names the method, so another method's record never gets here.
            Some(RequestTarget::Entry(_)) | None => Ok(None),
        }
    }

    /// Where the users of a selection are read from; `field` is where the request has it.
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
        let up_to = self.shared.store.last_user_key(customer.key).await?;
        Ok(Source::directory(filter, up_to))
    }
}

impl Shared {
    pub(super) fn lease_until(&self) -> Timestamp {
        self.clock.now().plus_micros(micros(self.limits.lease))
    }

    pub(super) fn new_batch(
        &self,
        request: &BatchRequest,
        checked: &Checked,
        source: BatchSource,
        intake_open: bool,
    ) -> NewBatch {
        let version = checked.catalog.version();
        let now = self.clock.now();
        self.new_batch_of(
            request.spec(checked.change.clone(), source, version, now),
            intake_open,
        )
    }

    pub(super) fn new_batch_of(&self, spec: BatchSpec, intake_open: bool) -> NewBatch {
        NewBatch {
            id: ids::batch_id(&*self.ids),
            spec,
            lease: Lease {
                owner: Some(self.owner.clone()),
                until: Some(self.lease_until()),
                epoch: 1,
            },
            intake_open,
        }
    }

    pub(super) fn accept(
        &self,
        catalog: &Arc<CompiledCatalog>,
        request: Option<Request>,
    ) -> Accept {
        Accept {
            catalog: Arc::clone(catalog),
            request,
            unfinished_max: self.limits.batches_unfinished_per_customer_max,
            lease: self.limits.lease,
            now: self.clock.now(),
        }
    }
}

/// Freezes step by step; the last step, which also accepts, is the one after which nothing more
/// can be read. A batch of one step is one transaction.
async fn freeze(mut source: Source, mut draft: Draft) -> EngineResult<StartedBatch> {
    let started = write_all(&mut source, &mut draft).await;
    if started.is_err() {
        draft.abandon().await;
    }
    started
}

/// A stretch of users is the last when none follow it: with the default limits the first is.
async fn write_all(source: &mut Source, draft: &mut Draft) -> EngineResult<StartedBatch> {
    let mut stretch = draft.read(source, 0).await?;
    loop {
        let next = draft.read(source, stretch.user_count()).await?;
        let started = draft
            .write(stretch, source.duplicates(), next.is_empty())
            .await?;
        if let Some(started) = started {
            return Ok(started);
        }
        stretch = next;
    }
}

/// Whether users of a batch in this mode may wait for seats.
pub(super) fn check_shortage(mode: BatchMode, shortage: ShortagePolicy) -> EngineResult<()> {
    if mode == BatchMode::AllOrNothing && shortage == ShortagePolicy::Waitlist {
        let description = "WAITLIST is for PER_USER and PER_LICENSE: who waits neither has what all \
                           shall have nor fails";
        return Err(Invalid::value("shortage_policy", description));
    }
    Ok(())
}

pub(crate) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
