use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use seatkeeper_domain::{BatchKey, BatchState, CustomerKey, Timestamp};
use seatkeeper_fault::{Bug, Point, pass, planted};
use seatkeeper_store::CustomerTx;

use super::Place;
use super::start::micros;
use crate::engine::Shared;
use crate::transact::Work;
use crate::{Engine, EngineResult};

/// Batches looked at in one go.
const CLAIMABLE_PAGE: usize = 64;

impl Engine {
    /// Starts what runs by itself, now and from time to time: taking up batches that nobody
    /// drives, serving waitlists that are due, removing selections that have expired and what was
    /// kept long enough, and exchanging news with other servers.
    pub fn start(&self) {
        self.shared.keep_waitlists();
        self.shared.share_news();
        self.shared.look_for_news();
        self.shared.keep_up();
        let shared = Arc::clone(&self.shared);
        self.shared.batches.tasks.spawn(async move {
            loop {
                if let Err(error) = shared.recover().await {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "could not look for batches to take up");
                }
                if let Err(error) = shared.remove_expired_selections().await {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "could not remove expired selections");
                }
                tokio::select! {
                    biased;
                    () = shared.batches.stop.cancelled() => return,
                    () = tokio::time::sleep(shared.limits.recovery_interval) => {}
                }
            }
        });
    }

    /// Stops: no batch is accepted any more, running chunks are committed, leases are released,
    /// streams end with a resume point. Returns whether all of it was done within `deadline`.
    pub async fn drain(&self, deadline: Duration) -> bool {
        let batches = &self.shared.batches;
        batches.stop.cancel();
        batches.tasks.close();
        tokio::time::timeout(deadline, batches.tasks.wait())
            .await
            .is_ok()
    }
}

impl Shared {
    /// Takes up every batch whose lease nobody holds.
    async fn recover(self: &Arc<Self>) -> EngineResult<()> {
        if planted(Bug::RecoveryForgets) {
            return Ok(());
        }
        let now = if planted(Bug::LeaseIgnored) {
            Timestamp::from_micros(i64::MAX)
        } else {
            self.clock.now()
        };
        let mut after = None;
        loop {
            let places = self
                .store
                .claimable_batches(now, after, CLAIMABLE_PAGE)
                .await?;
            let Some(last) = places.last() else {
                return Ok(());
            };
            after = Some(*last);
            let idle = places.into_iter().filter(|place| !self.is_driving(*place));
            for (customer, batches) in by_customer(idle) {
                self.claim_beside(customer, batches).await;
            }
        }
    }

    /// Claims a customer's batches beside those of others: a customer whose lock somebody holds
    /// for long keeps only its own batches waiting.
    async fn claim_beside(self: &Arc<Self>, customer: CustomerKey, batches: Vec<BatchKey>) {
        let claims = Arc::clone(&self.batches.claims);
        let permit = claims.acquire_owned().await;
        let permit = permit.expect("the permits are never closed");
        let Some(claiming) = Claiming::begin(self, customer) else {
            return;
        };
        let shared = Arc::clone(self);
        self.batches.tasks.spawn(async move {
            for batch in batches {
                if let Err(error) = shared.claim((customer, batch)).await {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, batch = batch.0, "could not take up a batch");
                }
            }
            drop((claiming, permit));
        });
    }

    pub(super) fn is_driving(&self, place: Place) -> bool {
        self.batches.driving().contains_key(&place)
    }

    async fn claim(self: &Arc<Self>, place: Place) -> EngineResult<()> {
        pass(Point::ClaimBegun);
        let work = Claim {
            batch: place.1,
            owner: self.owner.clone(),
            now: self.clock.now(),
            lease: self.limits.lease,
        };
        if let Some((_, Some(epoch))) = self.transact(place.0, work).await? {
            pass(Point::ClaimCommitted);
            tracing::info!(
                customer = place.0.0,
                batch = place.1.0,
                epoch,
                "took up a batch"
            );
            self.drive(place, epoch, None);
        }
        Ok(())
    }
}

/// Says that a customer's batches are being claimed, until it is dropped.
struct Claiming {
    shared: Arc<Shared>,
    customer: CustomerKey,
}

impl Claiming {
    fn begin(shared: &Arc<Shared>, customer: CustomerKey) -> Option<Self> {
        let begun = shared.batches.claiming().insert(customer);
        begun.then(|| Self {
            shared: Arc::clone(shared),
            customer,
        })
    }
}

impl Drop for Claiming {
    fn drop(&mut self) {
        self.shared.batches.claiming().remove(&self.customer);
    }
}

fn by_customer(places: impl Iterator<Item = Place>) -> BTreeMap<CustomerKey, Vec<BatchKey>> {
    let mut grouped = BTreeMap::<_, Vec<_>>::new();
    for (customer, batch) in places {
        grouped.entry(customer).or_default().push(batch);
    }
    grouped
}

/// Claims a batch for this server under a new epoch, if nobody holds it.
struct Claim {
    batch: BatchKey,
    owner: String,
    now: Timestamp,
    lease: Duration,
}

#[async_trait]
impl Work for Claim {
    type Output = Option<i64>;

    fn locked_at(&mut self, now: Timestamp) {
        self.now = now;
    }

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<Option<i64>> {
        let Some(mut batch) = tx.batch(self.batch).await? else {
            return Ok(None);
        };
        let held = batch.lease.until.is_some_and(|until| until > self.now);
        if held && !planted(Bug::LeaseIgnored) {
            return Ok(None);
        }
        match batch.state {
            BatchState::Succeeded | BatchState::Cancelled => return Ok(None),
            BatchState::Preparing => {
                // Whoever prepared it died before anyone was told of it.
                tx.delete_batch(batch.key).await?;
                return Ok(None);
            }
            BatchState::Running => {}
        }
        batch.lease.owner = Some(self.owner.clone());
        batch.lease.until = Some(self.now.plus_micros(micros(self.lease)));
        batch.lease.epoch += 1;
        if batch.intake_open {
            // The stream of users went down with the server that read it.
            batch.intake_open = false;
            batch.intake_interrupted = true;
        }
        tx.save_batch(&batch).await?;
        pass(Point::ClaimWritten);
        Ok(Some(batch.lease.epoch))
    }
}
