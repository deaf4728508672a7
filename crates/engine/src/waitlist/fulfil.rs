use std::collections::BTreeMap;

use seatkeeper_domain::{
    ChunkPlan, Decision, Effect, LicenseChanges, Member, Principal, ProductKey, Timestamp, UserKey,
    WaitlistEntry, WaitlistLeave, WaitlistSortKey,
};
use seatkeeper_store::{CustomerTx, WaitlistQuery};

use super::evaluator::{Decided, WaitlistDecision, WaitlistEvaluator};
use crate::EngineResult;

/// The least number of entries that one query reads. If many users at the head must leave, the
/// users behind them are not read one by one.
const ENTRIES_MIN: usize = 64;

/// A scan of one queue from its head. It may take several transactions.
#[derive(Debug, Clone)]
pub(super) struct QueueScan {
    pub(super) product: ProductKey,
    /// The last entry that was evaluated.
    after: Option<WaitlistSortKey>,
    /// Seats held for skipped users, who also wait for another product.
    held: i64,
}

/// How far a scan got.
pub(super) enum Progress {
    /// To the end: no more waitlisted users can be served now. Contains the time when that changes
    /// without another transaction.
    Ended(Option<Timestamp>),
    /// There are seats for more users.
    More,
}

impl QueueScan {
    pub(super) fn new(product: ProductKey) -> Self {
        Self {
            product,
            after: None,
            held: 0,
        }
    }

    /// Serves the next users while there are seats and `room` for more users. Each seat goes to the
    /// first user in the queue, even while that user waits for a seat of another product.
    pub(super) async fn advance(
        &mut self,
        tx: &mut dyn CustomerTx,
        evaluator: &mut WaitlistEvaluator,
        room: &mut usize,
    ) -> EngineResult<Progress> {
        loop {
            let found = tx.entitlements(&[self.product]).await?;
            let Some(entitlement) = found.first().filter(|found| found.waitlisted > 0) else {
                return Ok(Progress::Ended(None));
            };
            let free = entitlement.queue_pool_at(evaluator.now).available - self.held;
            if free <= 0 {
                return Ok(Progress::Ended(entitlement.next_start_after(evaluator.now)));
            }
            if *room == 0 {
                return Ok(Progress::More);
            }
            let free = usize::try_from(free).unwrap_or(usize::MAX);
            let limit = free.max(ENTRIES_MIN).min(*room);
            let query = WaitlistQuery {
                product: Some(self.product),
                user: None,
                after: self.after.map(|sort_key| (self.product, sort_key)),
                limit,
            };
            let next_start = entitlement.next_start_after(evaluator.now);
            let entries = tx.waitlist(&query).await?;
            let Some(last) = entries.last() else {
                return Ok(Progress::Ended(next_start));
            };
            self.after = Some(last.sort_key);
            *room -= entries.len();
            let decided = evaluator
                .evaluate(tx, self.product, self.held, &entries)
                .await?;
            let waits = decided
                .iter()
                .filter(|decided| matches!(decided.decision, WaitlistDecision::Waits));
            self.held += i64::try_from(waits.count()).expect("a chunk fits memory");
            write(tx, evaluator, &entries, decided).await?;
        }
    }
}

/// The results of the users of one principal.
#[derive(Default)]
struct Fulfilled {
    members: Vec<Member>,
    plan: ChunkPlan,
    leaves: Vec<WaitlistLeave>,
}

impl Fulfilled {
    fn fulfil(&mut self, member: Member, decision: Decision) {
        let decisions = &mut self.plan.decisions;
        let known = decisions.iter().rposition(|known| *known == decision);
        let index = known.unwrap_or_else(|| {
            decisions.push(decision);
            decisions.len() - 1
        });
        self.plan
            .members
            .push(u32::try_from(index).expect("a chunk fits memory"));
        self.members.push(member);
    }
}

/// Writes the decisions. Each entry of the journal names the principal that put the users on the
/// waitlist.
async fn write(
    tx: &mut dyn CustomerTx,
    evaluator: &WaitlistEvaluator,
    entries: &[WaitlistEntry],
    decided: Vec<Decided>,
) -> EngineResult<()> {
    let mut left: Vec<(UserKey, i64)> = Vec::new();
    let mut by_principal = BTreeMap::<&str, (&Principal, Fulfilled)>::new();
    for (entry, decided) in entries.iter().zip(decided) {
        let (_, fulfilled) = by_principal
            .entry(entry.principal.as_str())
            .or_insert_with(|| (&entry.principal, Fulfilled::default()));
        match decided.decision {
            WaitlistDecision::Waits => {}
            WaitlistDecision::Fulfilled(decision) => fulfilled.fulfil(decided.member, decision),
            WaitlistDecision::Leaves(reason) => {
                left.push((entry.user, entry.change_key));
                fulfilled.leaves.push(WaitlistLeave {
                    user: entry.user_id.clone(),
                    products: decided.products,
                    reason,
                });
            }
        }
    }
    if !left.is_empty() {
        tx.leave_waitlist(&left).await?;
    }
    for (principal, fulfilled) in by_principal.into_values() {
        if !fulfilled.members.is_empty() {
            let changes = LicenseChanges {
                span: None,
                catalog_version: evaluator.catalog.version(),
                members: fulfilled.members,
                plan: fulfilled.plan,
            };
            tx.record_licenses(evaluator.now, principal, changes)
                .await?;
        }
        if !fulfilled.leaves.is_empty() {
            let leaves = fulfilled.leaves;
            tx.append(evaluator.now, principal, Effect::WaitlistLeft { leaves })
                .await?;
        }
    }
    Ok(())
}
