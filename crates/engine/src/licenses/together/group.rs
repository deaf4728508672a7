use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use seatkeeper_domain::{Entitlement, LicenseChanges, ProductKey, SeatPools, Timestamp};
use seatkeeper_fault::{Point, pass};
use seatkeeper_store::{CustomerTx, LicenseRecord, RequestTarget};

use super::Answer;
use super::call::Call;
use super::case::Cases;
use super::queue::Queue;
use crate::change::seat_pools;
use crate::engine::Shared;
use crate::requests::remember_all;
use crate::transact::Work;
use crate::waitlist::join;
use crate::{Engine, EngineResult};

/// Calls that are carried out in one transaction. Each has its own decision, answer and journal
/// entry, as if it had been carried out alone, after those before it.
pub(super) struct Group {
    shared: Arc<Shared>,
    queue: Arc<Queue>,
    /// In order of arrival, each for another user.
    calls: Vec<Call>,
    now: Timestamp,
}

impl Group {
    /// A group of those who will be in the queue once the customer's lock is taken.
    pub(super) fn new(shared: Arc<Shared>, queue: Arc<Queue>) -> Self {
        Self {
            now: shared.clock.now(),
            shared,
            queue,
            calls: Vec::new(),
        }
    }

    pub(super) fn into_calls(self) -> Vec<Call> {
        self.calls
    }

    /// Tells each caller the answer.
    pub(super) fn tell(self, answers: Vec<EngineResult<Answer>>) {
        for (call, answer) in self.calls.into_iter().zip(answers) {
            call.tell(answer);
        }
    }
}

#[async_trait]
impl Work for Group {
    type Output = Vec<EngineResult<Answer>>;

    fn locked_at(&mut self, now: Timestamp) {
        self.now = now;
        if self.calls.is_empty() {
            let count = self.shared.limits.calls_together_max;
            self.calls = self.queue.take_group(count);
        }
    }

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<Self::Output> {
        if self.calls.is_empty() {
            return Ok(Vec::new());
        }
        self.prepare().await?;
        let entitlements = tx.entitlements(&products(&self.calls)).await?;
        self.part_at_queues(tx, &entitlements);
        let products = products(&self.calls);
        let mut cases = Cases::of(&mut self.calls);
        cases.close_earlier(tx).await?;
        let users = cases.close_missing(tx).await?;
        if users.is_empty() {
            return Ok(cases.into_answers());
        }
        let mut pools = match cases.open.as_slice() {
            [case] if let Some(buyer) = &case.ready.buyer => {
                buyer.pools(&products, &entitlements, self.now)
            }
            _ => seat_pools(&products, &entitlements, &[], self.now),
        };
        let decided = cases.decide(tx, &users, &mut pools).await?;
        pass(Point::SingleDecided);
        if !decided.is_empty() {
            let now = self.now;
            buy(tx, &cases, &entitlements, &pools, now).await?;
            write(tx, &mut cases, decided, now).await?;
        }
        Ok(cases.into_answers())
    }
}

impl Group {
    /// Finds out how each call is to be judged: by the catalog that is the newest once the last of
    /// them has asked.
    async fn prepare(&mut self) -> EngineResult<()> {
        let engine = Engine {
            shared: Arc::clone(&self.shared),
        };
        let catalog = engine.catalog().await?;
        for call in &mut self.calls {
            call.prepare(&self.shared, &catalog);
        }
        Ok(())
    }

    /// Puts back those that must not be carried out together: where somebody waits for a product
    /// of a call, that call is alone, since a seat that it frees goes to who waits before the next
    /// call is decided.
    fn part_at_queues(&mut self, tx: &dyn CustomerTx, entitlements: &[Entitlement]) {
        if tx.waitlist_count() == 0 {
            return;
        }
        let waited = entitlements.iter().filter(|found| found.waitlisted > 0);
        let waited: BTreeSet<ProductKey> = waited.map(|found| found.product).collect();
        let meets = |call: &Call| call.products().any(|product| waited.contains(&product));
        if let Some(first) = self.calls.iter().position(meets) {
            self.queue.put_back(self.calls.split_off(first.max(1)));
        }
    }
}

/// The products that these calls are about, ascending.
fn products(calls: &[Call]) -> Vec<ProductKey> {
    let products: BTreeSet<ProductKey> = calls.iter().flat_map(Call::products).collect();
    products.into_iter().collect()
}

/// Buys the seats that a call lacks. Such a call is alone.
async fn buy(
    tx: &mut dyn CustomerTx,
    cases: &Cases<'_>,
    entitlements: &[Entitlement],
    pools: &SeatPools,
    now: Timestamp,
) -> EngineResult<()> {
    for case in &cases.open {
        if let Some(buyer) = &case.ready.buyer {
            let actor = &case.update.actor;
            buyer.buy(tx, entitlements, pools, actor, now).await?;
        }
    }
    Ok(())
}

/// Writes what was decided, an entry for each call, and closes all cases.
async fn write(
    tx: &mut dyn CustomerTx,
    cases: &mut Cases<'_>,
    decided: Vec<LicenseChanges>,
    now: Timestamp,
) -> EngineResult<()> {
    let records = cases.open.iter().zip(decided);
    let records = records.map(|(case, changes)| LicenseRecord {
        actor: case.update.actor.clone(),
        changes,
    });
    let entries = tx.record_all_licenses(now, records.collect()).await?;
    pass(Point::SingleRecorded);
    let mut written = Vec::with_capacity(entries.len());
    let mut requests = Vec::new();
    for (case, entry) in cases.open.iter().zip(entries) {
        let changes = entry.effect.into_license_changes();
        let changes = changes.expect("an entry holds the changes that were recorded");
        let (planner, actor) = (&case.ready.planner, &case.update.actor);
        join(tx, planner, &changes, actor, None, now).await?;
        let request = case.ready.request.as_ref();
        requests.extend(request.map(|request| {
            let target = RequestTarget::Entry(entry.sequence);
            request.record(target, now)
        }));
        written.push((changes, entry.sequence));
    }
    remember_all(tx, &requests).await?;
    cases.close_all(written);
    Ok(())
}
