use std::sync::Arc;

use crate::{ChunkPlan, ChunkState, CompiledCatalog, Decision, MemberState, UserRevert, Violation};

use super::decide::{DecisionInput, decide};
use super::decision_cache::{
    CacheKey, DecisionCache, DecisionId, SeatMoveKind, SeatsId, VariantId,
};
use super::pools::{SeatPools, SeatState};
use super::product_change::revert_changes;
use super::{ChunkBuilder, PlannerOptions, all_failed, not_found, refusal};

/// Decides reverts for users, chunk by chunk. Works like a [`Planner`](super::Planner), but each
/// user has an individual revert.
///
/// Most users of a batch share a few decisions, so there are few distinct reverts.
#[derive(Debug)]
pub struct RevertPlanner {
    catalog: Arc<CompiledCatalog>,
    options: PlannerOptions,
    cache: DecisionCache,
}

/// The revert of each member of a chunk.
#[derive(Debug, Clone, Default)]
pub struct RevertRequest {
    /// The distinct reverts.
    pub reverts: Vec<UserRevert>,
    /// The index of the revert of each member, in order.
    pub members: Vec<u32>,
}

impl RevertPlanner {
    /// A planner for one catalog version.
    #[must_use]
    pub fn new(catalog: Arc<CompiledCatalog>, options: PlannerOptions) -> Self {
        Self {
            catalog,
            options,
            cache: DecisionCache::default(),
        }
    }

    /// Decides the members of a chunk in order, and takes their seats from `pools` in order.
    /// `pools` must contain every product of the reverts that the customer is entitled to.
    pub fn plan(
        &mut self,
        state: &ChunkState,
        request: &RevertRequest,
        pools: &mut SeatPools,
    ) -> ChunkPlan {
        self.cache.evict();
        let holdings: Vec<_> = state
            .holdings
            .iter()
            .map(|holding| self.cache.holding_id(holding))
            .collect();
        let mut seats = SeatViews::new(&request.reverts, pools, &mut self.cache);
        let mut chunk = ChunkBuilder::new(state.members.len());
        for (member, &index) in state.members.iter().zip(&request.members) {
            let revert = &request.reverts[index as usize];
            let view = seats.view(index, &mut self.cache);
            let variant = view.variant;
            let id = match *member {
                MemberState::NotFound => {
                    let key = CacheKey::NotFound { variant };
                    self.cache
                        .decision_id(key, || not_found(revert.products(), self.options))
                }
                MemberState::Found { facts, holding } => {
                    let holding_index = holding.0 as usize;
                    let key = CacheKey::Found {
                        variant,
                        facts,
                        holding: holdings[holding_index],
                        seats: view.seats,
                    };
                    self.cache.decision_id(key, || {
                        let holding = &state.holdings[holding_index];
                        let input = DecisionInput {
                            catalog: &self.catalog,
                            options: self.options,
                            facts,
                            holding,
                            seats: &view.states,
                        };
                        let changes = revert_changes(&self.catalog, revert, holding);
                        decide(&input, changes)
                    })
                }
            };
            seats.apply(index, id, &self.cache);
            chunk.push(id, &self.cache);
        }
        chunk.plan
    }

    /// The results of a chunk of a rejected all-or-nothing batch: see
    /// [`Planner::plan_refused`](super::Planner::plan_refused).
    pub fn plan_refused(
        &mut self,
        state: &ChunkState,
        request: &RevertRequest,
        pools: &mut SeatPools,
    ) -> ChunkPlan {
        refusal::refuse(&self.plan(state, request, pools))
    }

    /// The results of users that a cancelled batch did not reach.
    #[must_use]
    pub fn plan_cancelled(&self, request: &RevertRequest) -> ChunkPlan {
        let decisions = request.reverts.iter().map(|revert| Decision {
            products: all_failed(revert.products(), &Violation::Cancelled),
            held_after: None,
        });
        ChunkPlan {
            decisions: decisions.collect(),
            members: request.members.clone(),
        }
    }
}

/// The pools as seen by the reverts of a chunk.
struct SeatViews<'a> {
    pools: &'a mut SeatPools,
    views: Vec<SeatView>,
    /// Number of changes of seat states so far; invalidates older views.
    turn: u64,
}

/// The seat states of the products of one revert.
struct SeatView {
    variant: VariantId,
    slots: Vec<Option<usize>>,
    states: Vec<SeatState>,
    seats: SeatsId,
    /// The value of `SeatViews::turn` when the view was last updated.
    turn: u64,
}

impl<'a> SeatViews<'a> {
    fn new(reverts: &[UserRevert], pools: &'a mut SeatPools, cache: &mut DecisionCache) -> Self {
        let views = reverts.iter().map(|revert| {
            let slots: Vec<_> = revert
                .products()
                .map(|product| pools.slot_of(product))
                .collect();
            let states = states(pools, &slots);
            SeatView {
                variant: cache.variant_id(revert),
                slots,
                seats: cache.seats_id(&states),
                states,
                turn: 0,
            }
        });
        Self {
            views: views.collect(),
            pools,
            turn: 0,
        }
    }

    /// The view of a revert, updated to the current pools.
    fn view(&mut self, revert: u32, cache: &mut DecisionCache) -> &SeatView {
        let view = &mut self.views[revert as usize];
        if view.turn != self.turn {
            view.turn = self.turn;
            view.states = states(self.pools, &view.slots);
            view.seats = cache.seats_id(&view.states);
        }
        view
    }

    /// Applies the seat changes of one user's decision.
    fn apply(&mut self, revert: u32, decision: DecisionId, cache: &DecisionCache) {
        for seat_move in &cache.get(decision).moves {
            let Some(slot) = self.views[revert as usize].slots[seat_move.index] else {
                continue;
            };
            let before = self.pools.state_of(Some(slot));
            match seat_move.kind {
                SeatMoveKind::Take => self.pools.take(slot, 1),
                SeatMoveKind::Free => self.pools.take(slot, -1),
                SeatMoveKind::Hold => self.pools.hold(slot),
            }
            if self.pools.state_of(Some(slot)) != before {
                self.turn += 1;
            }
        }
    }
}

fn states(pools: &SeatPools, slots: &[Option<usize>]) -> Vec<SeatState> {
    slots.iter().map(|&slot| pools.state_of(slot)).collect()
}
