use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use seatkeeper_domain::{Entitlement, LicenseChanges, ProductKey, SeatPools, Timestamp};
use seatkeeper_failpoints::{Point, fail_point};
use seatkeeper_store::{CustomerTx, IdempotencyTarget, LicenseRecord};

use super::call::{Answer, Call};
use super::pending::PendingUpdates;
use super::queue::Queue;
use crate::change::seat_pools;
use crate::engine::Core;
use crate::entitlements::SeatPurchaser;
use crate::idempotency::record_all;
use crate::transaction::Transaction;
use crate::waitlist::join;
use crate::{Engine, EngineResult};

/// Calls that share one transaction. Each call has its own decision, result and journal entry, as
/// if it ran alone after the calls before it.
pub(super) struct Group {
    engine: Engine,
    queue: Arc<Queue>,
    /// In order of arrival, each for a different user.
    calls: Vec<Call>,
    now: Timestamp,
}

impl Group {
    /// An empty group. It takes its calls from the queue when the customer's lock is held.
    pub(super) fn new(engine: Engine, queue: Arc<Queue>) -> Self {
        Self {
            now: engine.core.clock.now(),
            engine,
            queue,
            calls: Vec::new(),
        }
    }

    pub(super) fn into_calls(self) -> Vec<Call> {
        self.calls
    }

    /// Sends each caller its result.
    pub(super) fn reply(self, answers: Vec<EngineResult<Answer>>) {
        for (call, answer) in self.calls.into_iter().zip(answers) {
            call.reply(answer);
        }
    }
}

#[async_trait]
impl Transaction for Group {
    type Output = Vec<EngineResult<Answer>>;

    fn on_locked(&mut self, now: Timestamp) {
        self.now = now;
    }

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<Self::Output> {
        self.dequeue();
        if self.calls.is_empty() {
            return Ok(Vec::new());
        }
        self.prepare().await?;
        let entitlements = tx.entitlements(&products(&self.calls)).await?;
        self.split_at_waitlisted(tx, &entitlements);
        let products = products(&self.calls);
        let mut updates = PendingUpdates::of(&mut self.calls);
        updates.resolve_replays(tx).await?;
        let users = updates.resolve_not_found(tx).await?;
        if users.is_empty() {
            return Ok(updates.into_answers());
        }
        let mut pools = match updates.open.as_slice() {
            [pending] if let Some(purchaser) = &pending.ready.purchaser => {
                purchaser.pools(&products, &entitlements, self.now)
            }
            _ => seat_pools(&products, &entitlements, &[], self.now),
        };
        let decided = updates.decide(tx, &users, &mut pools).await?;
        fail_point(Point::SingleDecided);
        if !decided.is_empty() {
            let now = self.now;
            buy(tx, &updates, &entitlements, &pools, now).await?;
            write(tx, &mut updates, decided, now).await?;
        }
        Ok(updates.into_answers())
    }
}

impl Group {
    /// Takes the calls that wait now that the lock is held. A retry of the transaction runs the
    /// calls of the first attempt.
    fn dequeue(&mut self) {
        if self.calls.is_empty() {
            let count = self.engine.core.limits.group_commit_calls_max;
            self.calls = self.queue.take_group(count);
        }
    }

    /// Prepares each call with the catalog that is the newest after the last call has arrived.
    async fn prepare(&mut self) -> EngineResult<()> {
        let catalog = self.engine.catalog().await?;
        let Core { ids, limits, .. } = &*self.engine.core;
        for call in &mut self.calls {
            call.prepare(&catalog, || SeatPurchaser::of_call(&**ids, limits));
        }
        Ok(())
    }

    /// Puts back the calls that can't share the transaction. A call for a product with waitlisted
    /// users runs alone, since a seat that it frees goes to a waitlisted user before the next call
    /// is decided.
    fn split_at_waitlisted(&mut self, tx: &dyn CustomerTx, entitlements: &[Entitlement]) {
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

/// The products of these calls, ascending.
fn products(calls: &[Call]) -> Vec<ProductKey> {
    let products: BTreeSet<ProductKey> = calls.iter().flat_map(Call::products).collect();
    products.into_iter().collect()
}

/// Buys the seats that a call lacks. Such a call is alone in its group.
async fn buy(
    tx: &mut dyn CustomerTx,
    updates: &PendingUpdates<'_>,
    entitlements: &[Entitlement],
    pools: &SeatPools,
    now: Timestamp,
) -> EngineResult<()> {
    for pending in &updates.open {
        if let Some(purchaser) = &pending.ready.purchaser {
            let principal = &pending.update.principal;
            purchaser
                .buy(tx, entitlements, pools, principal, now)
                .await?;
        }
    }
    Ok(())
}

/// Writes the decisions with one journal entry for each call, and completes all updates.
async fn write(
    tx: &mut dyn CustomerTx,
    updates: &mut PendingUpdates<'_>,
    decided: Vec<LicenseChanges>,
    now: Timestamp,
) -> EngineResult<()> {
    let records = updates.open.iter().zip(decided);
    let records = records.map(|(pending, changes)| LicenseRecord {
        principal: pending.update.principal.clone(),
        changes,
    });
    let entries = tx.record_all_licenses(now, records.collect()).await?;
    fail_point(Point::SingleRecorded);
    let mut written = Vec::with_capacity(entries.len());
    let mut idempotency_records = Vec::new();
    for (pending, entry) in updates.open.iter().zip(entries) {
        let changes = entry.effect.into_license_changes();
        let changes = changes.expect("an entry holds the changes that were recorded");
        let (planner, principal) = (&pending.ready.planner, &pending.update.principal);
        join(tx, planner, &changes, principal, None, now).await?;
        let key = pending.ready.idempotency_key.as_ref();
        idempotency_records.extend(key.map(|key| {
            let target = IdempotencyTarget::Entry(entry.sequence);
            key.to_record(target, now)
        }));
        written.push((changes, entry.sequence));
    }
    record_all(tx, &idempotency_records).await?;
    updates.complete_all(written);
    Ok(())
}
