use std::sync::Arc;

use crate::{ChunkPlan, ChunkState, CompiledCatalog, Decision, Inverse, MemberState, Violation};

use super::case::restoration_cases;
use super::decide::{Situation, decide};
use super::memo::{AskedId, DecisionId, Memo, SeatMoveKind, SeatsId, Situated};
use super::pools::{SeatPools, SeatState};
use super::{ChunkBuilder, PlannerOptions, all_failed, not_found, refusal};

/// Decides what putting back does to users, chunk by chunk: like a [`Planner`](super::Planner),
/// but each user is asked for something else.
///
/// Most users of a batch had one of few decisions, so that there are few distinct inverses.
#[derive(Debug)]
pub struct Restorer {
    catalog: Arc<CompiledCatalog>,
    options: PlannerOptions,
    memo: Memo,
}

/// What each member of a chunk is asked for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The distinct inverses.
    pub inverses: Vec<Inverse>,
    /// For each member, in order, the index of the inverse.
    pub members: Vec<u32>,
}

impl Restorer {
    /// A restorer that judges by one catalog.
    #[must_use]
    pub fn new(catalog: Arc<CompiledCatalog>, options: PlannerOptions) -> Self {
        Self {
            catalog,
            options,
            memo: Memo::default(),
        }
    }

    /// Decides the members of a chunk in order, and takes their seats from `pools` in order, which
    /// must have a pool for every product concerned that the customer is entitled to.
    pub fn plan(&mut self, state: &ChunkState, asked: &Asked, pools: &mut SeatPools) -> ChunkPlan {
        self.memo.make_room();
        let holdings: Vec<_> = state
            .holdings
            .iter()
            .map(|holding| self.memo.holding_id(holding))
            .collect();
        let mut window = Window::new(&asked.inverses, pools, &mut self.memo);
        let mut chunk = ChunkBuilder::new(state.members.len());
        for (member, &index) in state.members.iter().zip(&asked.members) {
            let inverse = &asked.inverses[index as usize];
            let view = window.view(index, &mut self.memo);
            let asked = view.asked;
            let id = match *member {
                MemberState::NotFound => {
                    let situated = Situated::NotFound { asked };
                    self.memo
                        .decision_id(situated, || not_found(inverse.products(), self.options))
                }
                MemberState::Found { facts, holding } => {
                    let place = holding.0 as usize;
                    let situated = Situated::Found {
                        asked,
                        facts,
                        holding: holdings[place],
                        seats: view.seats,
                    };
                    self.memo.decision_id(situated, || {
                        let holding = &state.holdings[place];
                        let situation = Situation {
                            catalog: &self.catalog,
                            options: self.options,
                            facts,
                            holding,
                            seats: &view.states,
                        };
                        let cases = restoration_cases(&self.catalog, inverse, holding);
                        decide(&situation, cases)
                    })
                }
            };
            window.apply(index, id, &self.memo);
            chunk.push(id, &self.memo);
        }
        chunk.plan
    }

    /// The results of a chunk of a refused all-or-nothing batch: see
    /// [`Planner::plan_refused`](super::Planner::plan_refused).
    pub fn plan_refused(
        &mut self,
        state: &ChunkState,
        asked: &Asked,
        pools: &mut SeatPools,
    ) -> ChunkPlan {
        refusal::refuse(&self.plan(state, asked, pools))
    }

    /// The results of users that a cancelled batch did not reach.
    #[must_use]
    pub fn plan_cancelled(&self, asked: &Asked) -> ChunkPlan {
        let decisions = asked.inverses.iter().map(|inverse| Decision {
            products: all_failed(inverse.products(), &Violation::Cancelled),
            held_after: None,
        });
        ChunkPlan {
            decisions: decisions.collect(),
            members: asked.members.clone(),
        }
    }
}

/// The pools as the inverses of a chunk see them.
struct Window<'a> {
    pools: &'a mut SeatPools,
    views: Vec<View>,
    /// Counts the changes of what some assignment meets in its pool.
    turn: u64,
}

/// What the products of one inverse meet in their pools.
struct View {
    asked: AskedId,
    slots: Vec<Option<usize>>,
    states: Vec<SeatState>,
    seats: SeatsId,
    /// The turn in which it was looked at.
    turn: u64,
}

impl<'a> Window<'a> {
    fn new(inverses: &[Inverse], pools: &'a mut SeatPools, memo: &mut Memo) -> Self {
        let views = inverses.iter().map(|inverse| {
            let slots: Vec<_> = inverse
                .products()
                .map(|product| pools.slot_of(product))
                .collect();
            let states = states(pools, &slots);
            View {
                asked: memo.asked_id(inverse),
                slots,
                seats: memo.seats_id(&states),
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

    /// The view of an inverse, as the pools are now.
    fn view(&mut self, inverse: u32, memo: &mut Memo) -> &View {
        let view = &mut self.views[inverse as usize];
        if view.turn != self.turn {
            view.turn = self.turn;
            view.states = states(self.pools, &view.slots);
            view.seats = memo.seats_id(&view.states);
        }
        view
    }

    /// Takes and frees the seats of one user.
    fn apply(&mut self, inverse: u32, decision: DecisionId, memo: &Memo) {
        for seat_move in &memo.get(decision).moves {
            let Some(slot) = self.views[inverse as usize].slots[seat_move.place] else {
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
