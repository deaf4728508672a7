//! What a change does to a user.
//!
//! Words used here. *Before* is what the user holds now, *after* is what they would hold with
//! the change applied, all of it at once. A plan is *enabled through* a product that the user
//! holds when it is one of the product's plans held user by user and not among the disabled
//! ones. Plans of the whole company are never enabled, so no rule counts them, and a product the
//! catalog does not know has no plans. A product *gains* a plan that is enabled through it after
//! and not before, whether or not another product enables the same plan.
//!
//! # Disabled plans after an assignment
//! [`PlanPolicy::Replace`]: those the assignment names, as far as they are the product's and held
//! user by user. [`PlanPolicy::Keep`]: a holder keeps theirs, stale ones included; for anybody
//! else, plans carry over from the held products that the change revokes (off in one of them, on
//! in none), and those the assignment does not name are told as [`Warning::PlanLeftOff`].
//!
//! # Unchanged
//! Assigning what is held with the same disabled plans, and revoking what is not held, is
//! [`Outcome::Unchanged`]: it takes part in nothing below and never fails, unless there is no such
//! user, in which case every product fails. Everything else is *effective*.
//!
//! # Reverting
//! A [`RevertPlanner`] asks each user for the revert of what an earlier decision did to them. Its
//! changes are decided like any others, but for a license that somebody else has changed since: it
//! fails with `ChangedSince` and nothing else, unless it already is as it is to be.
//!
//! # Violations of one product, given which of the user's changes apply
//! *Of the user*, whatever else applies. Revocations have none.
//! - `UserBlocked`: a new assignment, or an update that gains a plan, for a blocked user.
//! - `NotEntitled` or else `EntitlementSuspended`, `NotAssignableToUser`, `ProductRetired` (when
//!   reverting alone): new assignments.
//! - `UsageLocationMissing`, or else `ProhibitedInUsageLocation` for each plan gained and, with
//!   a new assignment, for the product itself: new assignments, and updates that gain a plan.
//!
//! *Of rules*, on the licenses after.
//! - `MutuallyExclusive` for plans: once for each plan gained, each other plan of the same group,
//!   and each license through which that other is enabled. For products: a new assignment and
//!   each other member of a group that is held. A clash of which nothing is gained is no failure.
//! - `DependencyMissing`: a plan is enabled and one of its dependencies is satisfied by no plan of
//!   the user. Where the plan is gained, the product that gains it fails. Where it was enabled
//!   before and the dependency satisfied, every product fails that switches off, by revocation or
//!   update, a plan that satisfied it. Where it was not satisfied before, nobody fails.
//!
//! *Of seats*: `SeatsExhausted` for a new assignment when none is available. Only what is finally
//! applied takes or frees a seat. A seat beyond the active ones warns [`Warning::SeatInGrace`].
//!
//! All violations are reported, sorted, each once.
//!
//! # Waiting
//! With [`PlannerOptions::waits_for_seats`] a new assignment *waits* where the customer is entitled
//! and no seat is available, or no unit is assignable now; then neither `SeatsExhausted` nor
//! `EntitlementSuspended` is a violation. In modes `PER_USER` and `ALL_OR_NOTHING`, when nothing
//! fails and anything waits, all effective changes of the user are [`Outcome::Waitlisted`]:
//! nothing applies now and the whole change waits as one, so that a swap revokes nothing before
//! the new product's seat is there. In mode `PER_LICENSE` a product waits by itself, and what
//! remains is decided without it. Whoever waits *holds* a seat of each new assignment that waits,
//! where there is one: it is not available to the users after them.
//!
//! # Modes
//! `PER_USER`, and `ALL_OR_NOTHING` for the user at hand: all effective changes are decided
//! together; if any has a violation, the rest fail with `OtherChangeFailed` naming the first that
//! failed in the change's order.
//!
//! `PER_LICENSE`: as long as any has violations of the user, exactly those with some are removed;
//! else those that break a rule; else those without a seat; and what remains is decided again.
//! Each fails with all that spoke against it when it was removed, or waits. What remains applies,
//! but for one thing: where the change assigns and the user would hold none of the products it
//! assigns, nothing is taken from them either. Revocations then wait with the first of those
//! products that waits, or else fail with `OtherChangeFailed` naming the first of them, so that a
//! swap leaves nobody without both.
//!
//! [`PlanPolicy::Replace`]: crate::PlanPolicy::Replace
//! [`PlanPolicy::Keep`]: crate::PlanPolicy::Keep
//! [`Warning::PlanLeftOff`]: crate::Warning::PlanLeftOff
//! [`Warning::SeatInGrace`]: crate::Warning::SeatInGrace

mod decide;
mod decision_cache;
mod dependency;
mod exclusion;
mod final_state;
mod pools;
mod product_change;
mod refusal;
mod relevant_products;
mod revert;
mod seat_ledger;
mod user_rules;
mod waiting;

use std::sync::Arc;

use crate::{
    BatchMode, Change, ChunkPlan, ChunkState, CompiledCatalog, Decision, Holding, MemberState,
    Outcome, ProductDecision, ProductKey, Violation, WaitingChange,
};

pub use pools::SeatPools;
pub use relevant_products::RelevantProducts;
pub use revert::{RevertPlanner, RevertRequest};

use decide::{DecisionInput, decide};
use decision_cache::{CacheKey, DecisionCache, DecisionId, VariantId};
use product_change::product_changes;
use seat_ledger::SeatLedger;

/// How a planner decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PlannerOptions {
    /// What a failure of one product does to the rest.
    pub mode: BatchMode,
    /// Whether each decision tells the licenses held afterwards.
    pub report_licenses: bool,
    /// Whether a new assignment that lacks only a seat waits for one instead of failing.
    pub waits_for_seats: bool,
}

/// Decides what a change does to users, chunk by chunk.
///
/// It caches its decisions: users with the same input, as far as it bears on the change, get
/// the same decision without being decided again. Reuse one planner over the chunks of a batch.
#[derive(Debug)]
pub struct Planner {
    catalog: Arc<CompiledCatalog>,
    change: Change,
    relevant: RelevantProducts,
    options: PlannerOptions,
    cache: DecisionCache,
}

impl Planner {
    /// A planner for one change, decided by one catalog.
    #[must_use]
    pub fn new(catalog: Arc<CompiledCatalog>, change: Change, options: PlannerOptions) -> Self {
        let relevant = if options.report_licenses {
            RelevantProducts::All
        } else {
            RelevantProducts::of(&catalog, &change)
        };
        Self {
            catalog,
            change,
            relevant,
            options,
            cache: DecisionCache::default(),
        }
    }

    /// The change it decides.
    #[must_use]
    pub const fn change(&self) -> &Change {
        &self.change
    }

    /// The catalog it decides by.
    #[must_use]
    pub const fn catalog(&self) -> &Arc<CompiledCatalog> {
        &self.catalog
    }

    /// What it needs to know of the users' licenses: a chunk may be without those of other products.
    #[must_use]
    pub const fn relevant(&self) -> &RelevantProducts {
        &self.relevant
    }

    /// Decides the members of a chunk in order, and takes their seats from `pools` in order.
    ///
    /// Mode [`BatchMode::AllOrNothing`] decides each user as [`BatchMode::PerUser`] does; when any
    /// [fails](ChunkPlan::has_failures), refuse the batch with [`Planner::plan_refused`].
    pub fn plan(&mut self, state: &ChunkState, pools: &mut SeatPools) -> ChunkPlan {
        self.cache.evict();
        let mut room = Holding::default();
        let holdings: Vec<_> = state
            .holdings
            .iter()
            .map(|holding| {
                let holding = self.relevant.narrow(holding, &mut room);
                self.cache.holding_id(holding)
            })
            .collect();
        let mut ledger = SeatLedger::open(&self.change, pools, &mut self.cache);
        let mut chunk = ChunkBuilder::new(state.members.len());
        let mut last = None;
        for member in &state.members {
            let (key, found) = match *member {
                MemberState::NotFound => {
                    let variant = VariantId::ONLY;
                    (CacheKey::NotFound { variant }, None)
                }
                MemberState::Found { facts, holding } => {
                    let holding_index = holding.0 as usize;
                    let key = CacheKey::Found {
                        variant: VariantId::ONLY,
                        facts,
                        holding: holdings[holding_index],
                        seats: ledger.id(),
                    };
                    (key, Some((facts, &state.holdings[holding_index])))
                }
            };
            let id = match last {
                Some((same, id)) if same == key => id,
                _ => self.cache.decision_id(key, || match found {
                    None => not_found(self.change.products(), self.options),
                    Some((facts, holding)) => {
                        let input = DecisionInput {
                            catalog: &self.catalog,
                            options: self.options,
                            facts,
                            holding,
                            seats: ledger.states(),
                        };
                        let changes = product_changes(&self.catalog, &self.change, holding);
                        decide(&input, changes)
                    }
                }),
            };
            last = Some((key, id));
            ledger.apply(id, &mut self.cache);
            chunk.push(id, &self.cache);
        }
        chunk.plan
    }

    /// The results of `count` users that a cancelled batch did not reach: every product failed
    /// as [`Violation::Cancelled`]. Their licenses are not known, so none are told.
    #[must_use]
    pub fn plan_cancelled(&self, count: usize) -> ChunkPlan {
        if count == 0 {
            return ChunkPlan::default();
        }
        ChunkPlan {
            decisions: vec![Decision {
                products: all_failed(self.change.products(), &Violation::Cancelled),
                held_after: None,
            }],
            members: vec![0; count],
        }
    }

    /// What waits of this planner's change for a user who was decided on so; empty unless some
    /// product is [`Outcome::Waitlisted`].
    #[must_use]
    pub fn waiting(&self, decision: &Decision) -> Vec<WaitingChange> {
        waiting::waiting(&self.catalog, &self.change, self.options.mode, decision)
    }

    /// The results of a chunk of a refused all-or-nothing batch, in which nobody changes: users
    /// who fail say why, effective products of the others fail as
    /// [`Violation::OtherUserFailed`], unchanged ones stay unchanged.
    ///
    /// Seats are taken from `pools` as in [`Planner::plan`], so that the same users run out of
    /// seats. Nobody gets them: give it pools to throw away.
    pub fn plan_refused(&mut self, state: &ChunkState, pools: &mut SeatPools) -> ChunkPlan {
        refusal::refuse(&self.plan(state, pools))
    }
}

fn not_found(products: impl Iterator<Item = ProductKey>, options: PlannerOptions) -> Decision {
    Decision {
        products: all_failed(products, &Violation::UserNotFound),
        held_after: options.report_licenses.then(Vec::new),
    }
}

fn all_failed(
    products: impl Iterator<Item = ProductKey>,
    violation: &Violation,
) -> Vec<ProductDecision> {
    products
        .map(|product| ProductDecision {
            product,
            outcome: Outcome::Failed,
            before: None,
            after: None,
            violations: vec![violation.clone()],
            warnings: Vec::new(),
        })
        .collect()
}

/// Gathers the decisions that one chunk uses.
struct ChunkBuilder {
    plan: ChunkPlan,
    /// By decision id: its index in the plan.
    indexes: Vec<Option<u32>>,
}

impl ChunkBuilder {
    fn new(members: usize) -> Self {
        Self {
            plan: ChunkPlan {
                decisions: Vec::new(),
                members: Vec::with_capacity(members),
            },
            indexes: Vec::new(),
        }
    }

    fn push(&mut self, id: DecisionId, cache: &DecisionCache) {
        if id.index() >= self.indexes.len() {
            self.indexes.resize(cache.len(), None);
        }
        let index = *self.indexes[id.index()].get_or_insert_with(|| {
            let index = u32::try_from(self.plan.decisions.len()).expect("a chunk fits memory");
            self.plan
                .decisions
                .push(Decision::clone(&cache.get(id).decision));
            index
        });
        self.plan.members.push(index);
    }
}
