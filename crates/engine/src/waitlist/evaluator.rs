use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use seatkeeper_domain::{
    BatchMode, Change, ChunkState, CompiledCatalog, Decision, Holding, HoldingIndex, LeaveReason,
    Member, MemberState, Outcome, Planner, PlannerOptions, ProductKey, RelevantProducts, SeatPools,
    Timestamp, UserKey, Violation, WaitlistEntry,
};
use seatkeeper_store::{CustomerTx, LoadedChunk, Selected, SelectedUser};

use crate::EngineResult;

/// Evaluates waitlist entries by the newest catalog at the current time.
pub(super) struct WaitlistEvaluator {
    pub(super) catalog: Arc<CompiledCatalog>,
    pub(super) now: Timestamp,
    planners: HashMap<Change, Planner>,
}

/// What happens to a waitlisted user.
pub(super) enum WaitlistDecision {
    /// The change applies now.
    Fulfilled(Decision),
    /// No seat is available yet; the user keeps the position.
    Waits,
    /// The user leaves the queues.
    Leaves(LeaveReason),
}

/// A waitlisted user with the decision.
pub(super) struct Decided {
    pub(super) member: Member,
    /// The products that the user still waits for, ascending.
    pub(super) products: Vec<ProductKey>,
    pub(super) decision: WaitlistDecision,
}

impl WaitlistEvaluator {
    pub(super) fn new(catalog: Arc<CompiledCatalog>, now: Timestamp) -> Self {
        Self {
            catalog,
            now,
            planners: HashMap::new(),
        }
    }

    /// Evaluates entries of the queue of `product` in order. `held` of its seats are held for users
    /// earlier in the queue.
    pub(super) async fn evaluate(
        &mut self,
        tx: &mut dyn CustomerTx,
        product: ProductKey,
        held: i64,
        entries: &[WaitlistEntry],
    ) -> EngineResult<Vec<Decided>> {
        let selected: Vec<Selected> = entries
            .iter()
            .map(|entry| Selected {
                user: SelectedUser::Known(entry.user),
                request_index: None,
            })
            .collect();
        let LoadedChunk { members, state, .. } =
            tx.load_chunk(&selected, &RelevantProducts::All).await?;
        let waited_for = waited_for(tx, entries).await?;
        let remaining: Vec<Remaining> = entries
            .iter()
            .zip(&state.members)
            .map(|(entry, member)| Remaining::of(entry, held_by(&state, *member), &waited_for))
            .collect();
        let mut pools = self.pools(tx, &remaining, product, held).await?;
        let mut decided = Vec::with_capacity(entries.len());
        for ((member, remaining), found) in members.into_iter().zip(remaining).zip(&state.members) {
            let decision =
                self.decide_change(&remaining.change, &alone(&state, *found), &mut pools);
            decided.push(Decided {
                member,
                products: remaining.products,
                decision,
            });
        }
        Ok(decided)
    }

    /// The seats that are available to waitlisted users.
    async fn pools(
        &self,
        tx: &mut dyn CustomerTx,
        remaining: &[Remaining],
        product: ProductKey,
        held: i64,
    ) -> EngineResult<SeatPools> {
        let mut products: Vec<ProductKey> = remaining
            .iter()
            .flat_map(|remaining| remaining.change.products())
            .collect();
        products.sort_unstable();
        products.dedup();
        let entitlements = tx.entitlements(&products).await?;
        let pools = entitlements
            .iter()
            .map(|entitlement| entitlement.queue_pool_at(self.now));
        let mut pools = SeatPools::new(pools.collect());
        if let Some(pool) = pools.get_mut(product) {
            pool.available -= held;
        }
        Ok(pools)
    }

    fn decide_change(
        &mut self,
        change: &Change,
        state: &ChunkState,
        pools: &mut SeatPools,
    ) -> WaitlistDecision {
        let retired = |product: &ProductKey| {
            let product = self.catalog.product(*product);
            product.is_none_or(|product| product.retired)
        };
        let mut assigned = change.assign.iter().map(|assignment| assignment.product);
        if let Some(product) = assigned.find(retired) {
            return WaitlistDecision::Leaves(LeaveReason::ProductRetired(product));
        }
        let planner = self.planners.entry(change.clone()).or_insert_with(|| {
            let options = PlannerOptions {
                mode: BatchMode::PerUser,
                report_licenses: false,
                waits_for_seats: true,
            };
            Planner::new(Arc::clone(&self.catalog), change.clone(), options)
        });
        let plan = planner.plan(state, pools);
        let decision = plan.decisions.into_iter().next();
        decision.map_or(WaitlistDecision::Leaves(LeaveReason::NothingToDo), classify)
    }
}

fn classify(decision: Decision) -> WaitlistDecision {
    let some = |outcome| {
        let mut products = decision.products.iter();
        products.any(|decided| decided.outcome == outcome)
    };
    if some(Outcome::Failed) {
        let decided = decision.products.into_iter();
        let mut violations: Vec<Violation> = decided
            .flat_map(|decided| decided.violations)
            .filter(|violation| !matches!(violation, Violation::OtherChangeFailed { .. }))
            .collect();
        violations.sort_unstable();
        violations.dedup();
        WaitlistDecision::Leaves(LeaveReason::Failed(violations))
    } else if some(Outcome::Waitlisted) {
        WaitlistDecision::Waits
    } else if some(Outcome::Assigned) || some(Outcome::Updated) || some(Outcome::Revoked) {
        WaitlistDecision::Fulfilled(decision)
    } else {
        WaitlistDecision::Leaves(LeaveReason::NothingToDo)
    }
}

/// The part of a waiting change that still applies.
struct Remaining {
    change: Change,
    products: Vec<ProductKey>,
}

impl Remaining {
    /// An assignment that waits for a seat remains while the user waits for it. Any other
    /// assignment remains while the user holds the product, since it changes the product's plans.
    fn of(
        entry: &WaitlistEntry,
        held: Option<&Holding>,
        waited_for: &HashSet<(UserKey, i64, ProductKey)>,
    ) -> Self {
        let waits = |product: ProductKey| {
            product == entry.product
                || waited_for.contains(&(entry.user, entry.change_key, product))
        };
        let holds = |product: ProductKey| {
            held.is_some_and(|held| held.licenses.iter().any(|held| held.product == product))
        };
        let waiting = &entry.waiting;
        let mut change = waiting.change.clone();
        change.assign.retain(|assignment| {
            let product = assignment.product;
            if waiting.seats.contains(&product) {
                waits(product)
            } else {
                holds(product)
            }
        });
        let seats = waiting.seats.iter().copied();
        Self {
            change,
            products: seats.filter(|&product| waits(product)).collect(),
        }
    }
}

/// The products that users with a change for several products still wait for.
async fn waited_for(
    tx: &mut dyn CustomerTx,
    entries: &[WaitlistEntry],
) -> EngineResult<HashSet<(UserKey, i64, ProductKey)>> {
    let several: BTreeSet<UserKey> = entries
        .iter()
        .filter(|entry| entry.waiting.seats.len() > 1)
        .map(|entry| entry.user)
        .collect();
    if several.is_empty() {
        return Ok(HashSet::new());
    }
    let users: Vec<UserKey> = several.into_iter().collect();
    Ok(tx.waited_for(&users).await?.into_iter().collect())
}

fn held_by(state: &ChunkState, member: MemberState) -> Option<&Holding> {
    match member {
        MemberState::NotFound => None,
        MemberState::Found { holding, .. } => state.holdings.get(holding.0 as usize),
    }
}

/// The state of one member alone.
fn alone(state: &ChunkState, member: MemberState) -> ChunkState {
    let holdings = held_by(state, member).cloned();
    let member = match member {
        MemberState::NotFound => MemberState::NotFound,
        MemberState::Found { facts, .. } => MemberState::Found {
            facts,
            holding: HoldingIndex(0),
        },
    };
    ChunkState {
        members: vec![member],
        holdings: holdings.into_iter().collect(),
    }
}
