//! Decides how a change affects a user.
//!
//! Terms used here. *Before* is what the user holds now. *After* is what the user would hold with
//! the whole change applied. A plan is *enabled through* a product of the user if it is one of the
//! product's plans held user by user, and not disabled. Plans of the whole company are never
//! enabled, so no rule counts them. A product that the catalog does not know has no plans. A
//! product *gains* a plan that is enabled through it after, but not before, whether or not another
//! product enables the same plan.
//!
//! # Disabled plans after an assignment
//! [`PlanPolicy::Replace`]: the disabled plans are those the assignment lists, limited to the
//! product's plans held user by user. [`PlanPolicy::Keep`]: a holder's disabled plans stay,
//! including stale ones. For other users, disabled plans carry over from held products that the
//! change revokes: plans disabled in one of them and enabled in none. Carried-over plans that the
//! assignment does not list are reported as [`Warning::PlanLeftOff`].
//!
//! # Unchanged
//! Assigning a held product with the same disabled plans, or revoking a product that is not held,
//! is [`Outcome::Unchanged`]. It is ignored in the rules below and never fails. If the directory
//! has no such user, every product fails instead. All other changes are *effective*.
//!
//! # Reverting
//! A [`RevertPlanner`] plans for each user the revert of an earlier decision. Its changes are
//! decided like any others, except for a license that was changed since: that change fails with
//! `ChangedSince` alone, unless the license already is in the target state.
//!
//! # Violations of one product, given which of the user's changes apply
//! *User rules*, independent of the other changes. Revocations have no such violations.
//! - `UserBlocked`: a new assignment, or an update that gains a plan, for a blocked user.
//! - `NotEntitled` or else `EntitlementSuspended`, `NotAssignableToUser`, `ProductRetired` (only in
//!   a revert): new assignments.
//! - `UsageLocationMissing`, or else `ProhibitedInUsageLocation` for each plan gained and, in a new
//!   assignment, for the product itself: new assignments, and updates that gain a plan.
//!
//! *Catalog rules*, checked on the licenses after.
//! - `MutuallyExclusive` for plans: one violation for each plan gained, each other enabled plan of
//!   the same group, and each license that enables the other plan. For products: one violation for
//!   a new assignment and each other held member of the group. A conflict between plans or products
//!   held before is no failure.
//! - `DependencyMissing`: a plan is enabled, and no plan of the user satisfies one of its
//!   dependencies. If the plan is gained, the product that gains it fails. If the plan was enabled
//!   before and the dependency was satisfied, every product fails that disables, by revocation or
//!   update, a plan that satisfied it. If the dependency was not satisfied before, no product
//!   fails.
//!
//! *Seats*: `SeatsExhausted` for a new assignment if no seat is available. Only changes that
//! finally apply take or free a seat. A seat beyond the active units causes
//! [`Warning::SeatInGrace`].
//!
//! All violations are reported, sorted and without duplicates.
//!
//! # Waiting
//! With [`PlannerOptions::waits_for_seats`], a new assignment *waits* if the customer is entitled
//! but no seat is available, or no unit is assignable now. In that case neither `SeatsExhausted`
//! nor `EntitlementSuspended` is a violation. In modes `PER_USER` and `ALL_OR_NOTHING`, if no
//! change fails and at least one waits, all effective changes of the user are
//! [`Outcome::Waitlisted`]. Then no change applies now, and the whole change waits as one: a swap
//! revokes nothing before a seat of the new product is available. In mode `PER_LICENSE` a product
//! waits alone, and the remaining changes are decided without it. A waitlisted user *holds* a seat
//! for each waiting assignment, if a seat is free: later users can't get that seat.
//!
//! # Modes
//! `PER_USER`, and `ALL_OR_NOTHING` for a single user: all effective changes are decided together.
//! If one has a violation, the others fail with `OtherChangeFailed`, which names the first failed
//! product in the change's order.
//!
//! `PER_LICENSE`: changes are removed in rounds. Each round removes all changes that violate user
//! rules; if there are none, those that violate catalog rules; if there are none, those without a
//! seat. Then the remaining changes are decided again. A removed change fails with all violations
//! that it had at its removal, or it waits. The remaining changes apply, with one exception: if the
//! change assigns products and the user would hold none of them, nothing is revoked either.
//! Revocations then wait together with the first waiting product, or else fail with
//! `OtherChangeFailed`, which names the first assigned product. So a swap never leaves a user
//! without both products.
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

/// Options of a planner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PlannerOptions {
    /// How a failure of one product affects the other changes.
    pub mode: BatchMode,
    /// Whether each decision contains the licenses held after the change.
    pub report_licenses: bool,
    /// Whether a new assignment that only lacks a seat waits for one instead of failing.
    pub waits_for_seats: bool,
}

/// Decides a change for users, chunk by chunk.
///
/// It caches decisions: users with the same relevant input get the cached decision. Use one planner
/// for all chunks of a batch.
#[derive(Debug)]
pub struct Planner {
    catalog: Arc<CompiledCatalog>,
    change: Change,
    relevant: RelevantProducts,
    options: PlannerOptions,
    cache: DecisionCache,
}

impl Planner {
    /// A planner for one change and one catalog version.
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

    /// The change that the planner decides.
    #[must_use]
    pub const fn change(&self) -> &Change {
        &self.change
    }

    /// The catalog that the planner uses.
    #[must_use]
    pub const fn catalog(&self) -> &Arc<CompiledCatalog> {
        &self.catalog
    }

    /// The products whose licenses the planner needs; a chunk may omit licenses of other products.
    #[must_use]
    pub const fn relevant(&self) -> &RelevantProducts {
        &self.relevant
    }

    /// Decides the members of a chunk in order, and takes their seats from `pools` in order.
    ///
    /// In mode [`BatchMode::AllOrNothing`] each user is decided as in [`BatchMode::PerUser`]. If
    /// any user [fails](ChunkPlan::has_failures), reject the batch with [`Planner::plan_refused`].
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

    /// The results of `count` users that a cancelled batch did not reach: every product fails with
    /// [`Violation::Cancelled`]. The results contain no licenses because the licenses are unknown.
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

    /// The waiting changes of a user with this decision; empty unless a product is
    /// [`Outcome::Waitlisted`].
    #[must_use]
    pub fn waiting(&self, decision: &Decision) -> Vec<WaitingChange> {
        waiting::waiting(&self.catalog, &self.change, self.options.mode, decision)
    }

    /// The results of a chunk of a rejected all-or-nothing batch, where no user changes. Failed
    /// users have their own violations. Effective products of the other users fail with
    /// [`Violation::OtherUserFailed`]; unchanged products stay unchanged.
    ///
    /// Takes seats from `pools` as [`Planner::plan`] does, so that seats run out for the same
    /// users. No user gets these seats: pass pools that are discarded afterwards.
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

/// Collects the decisions of one chunk.
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
