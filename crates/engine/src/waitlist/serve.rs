use std::collections::BTreeMap;

use seatkeeper_domain::{
    Actor, ChunkPlan, Decision, Effect, LicenseChanges, Member, ProductKey, Timestamp, UserKey,
    WaitlistEntry, WaitlistLeave, WaitlistPlace,
};
use seatkeeper_store::{CustomerTx, WaitlistQuery};

use super::judge::{Fate, Judge, Judged};
use crate::EngineResult;

/// Entries read at least at a time: when many who are first must leave, those behind them are not
/// read one by one.
const ENTRIES_MIN: usize = 64;

/// One walk along a queue, from its head on. It may take several transactions.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    pub(super) product: ProductKey,
    /// Everyone up to here was looked at.
    after: Option<WaitlistPlace>,
    /// Seats spoken for by those who were passed over: they wait for another product as well.
    held: i64,
}

/// How far a walk came.
pub(super) enum Progress {
    /// To the end: nobody who waits can be served now. Tells when that may change by itself.
    Ended(Option<Timestamp>),
    /// There are seats for more.
    More,
}

impl Walk {
    pub(super) fn new(product: ProductKey) -> Self {
        Self {
            product,
            after: None,
            held: 0,
        }
    }

    /// Serves who comes next, as long as there are seats and `room` for more users. Each seat goes
    /// to the first in the queue, even while they still wait for a seat of another product.
    pub(super) async fn go_on(
        &mut self,
        tx: &mut dyn CustomerTx,
        judge: &mut Judge,
        room: &mut usize,
    ) -> EngineResult<Progress> {
        loop {
            let found = tx.entitlements(&[self.product]).await?;
            let Some(entitlement) = found.first().filter(|found| found.waitlisted > 0) else {
                return Ok(Progress::Ended(None));
            };
            let free = entitlement.queue_pool_at(judge.now).available - self.held;
            if free <= 0 {
                return Ok(Progress::Ended(entitlement.next_start_after(judge.now)));
            }
            if *room == 0 {
                return Ok(Progress::More);
            }
            let free = usize::try_from(free).unwrap_or(usize::MAX);
            let limit = free.max(ENTRIES_MIN).min(*room);
            let query = WaitlistQuery {
                product: Some(self.product),
                user: None,
                after: self.after.map(|place| (self.product, place)),
                limit,
            };
            let next_start = entitlement.next_start_after(judge.now);
            let entries = tx.waitlist(&query).await?;
            let Some(last) = entries.last() else {
                return Ok(Progress::Ended(next_start));
            };
            self.after = Some(last.place);
            *room -= entries.len();
            let judged = judge.judge(tx, self.product, self.held, &entries).await?;
            let waits = judged
                .iter()
                .filter(|judged| matches!(judged.fate, Fate::Waits));
            self.held += i64::try_from(waits.count()).expect("a chunk fits memory");
            write(tx, judge, &entries, judged).await?;
        }
    }
}

/// What the users of one actor came to.
#[derive(Default)]
struct Served {
    members: Vec<Member>,
    plan: ChunkPlan,
    leaves: Vec<WaitlistLeave>,
}

impl Served {
    fn serve(&mut self, member: Member, decision: Decision) {
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

/// Writes what was decided, in the name of those who had asked for it.
async fn write(
    tx: &mut dyn CustomerTx,
    judge: &Judge,
    entries: &[WaitlistEntry],
    judged: Vec<Judged>,
) -> EngineResult<()> {
    let mut left: Vec<(UserKey, i64)> = Vec::new();
    let mut by_actor = BTreeMap::<&str, (&Actor, Served)>::new();
    for (entry, judged) in entries.iter().zip(judged) {
        let (_, served) = by_actor
            .entry(entry.actor.as_str())
            .or_insert_with(|| (&entry.actor, Served::default()));
        match judged.fate {
            Fate::Waits => {}
            Fate::Served(decision) => served.serve(judged.member, decision),
            Fate::Leaves(reason) => {
                left.push((entry.user, entry.change_key));
                served.leaves.push(WaitlistLeave {
                    user: entry.user_id.clone(),
                    products: judged.products,
                    reason,
                });
            }
        }
    }
    if !left.is_empty() {
        tx.leave_waitlist(&left).await?;
    }
    for (actor, served) in by_actor.into_values() {
        if !served.members.is_empty() {
            let changes = LicenseChanges {
                span: None,
                catalog_version: judge.catalog.version(),
                members: served.members,
                plan: served.plan,
            };
            tx.record_licenses(judge.now, actor, changes).await?;
        }
        if !served.leaves.is_empty() {
            let leaves = served.leaves;
            tx.append(judge.now, actor, Effect::WaitlistLeft { leaves })
                .await?;
        }
    }
    Ok(())
}
