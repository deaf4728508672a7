use crate::Change;

use super::decision_cache::{DecisionCache, DecisionId, SeatMove, SeatMoveKind, SeatsId};
use super::pools::{SeatPools, SeatState};

/// The pools of one change, with the current seat state of each assignment.
pub(super) struct SeatLedger<'a> {
    pools: &'a mut SeatPools,
    /// The pool index of each product of the change; `None` without a pool.
    slots: Vec<Option<usize>>,
    /// The seat state of each assigned product, in the change's order.
    states: Vec<SeatState>,
    id: SeatsId,
}

impl<'a> SeatLedger<'a> {
    pub(super) fn open(
        change: &Change,
        pools: &'a mut SeatPools,
        cache: &mut DecisionCache,
    ) -> Self {
        let slots: Vec<Option<usize>> = change
            .products()
            .map(|product| pools.slot_of(product))
            .collect();
        let states: Vec<SeatState> = slots[..change.assign.len()]
            .iter()
            .map(|&slot| pools.state_of(slot))
            .collect();
        let id = cache.seats_id(&states);
        Self {
            pools,
            slots,
            states,
            id,
        }
    }

    pub(super) fn states(&self) -> &[SeatState] {
        &self.states
    }

    pub(super) const fn id(&self) -> SeatsId {
        self.id
    }

    /// Applies the seat changes of one user's decision: takes, frees and holds seats.
    pub(super) fn apply(&mut self, decision: DecisionId, cache: &mut DecisionCache) {
        let mut changed = false;
        for &SeatMove { index, kind } in &cache.get(decision).moves {
            let Some(slot) = self.slots[index] else {
                continue;
            };
            match kind {
                SeatMoveKind::Take => self.pools.take(slot, 1),
                SeatMoveKind::Free => self.pools.take(slot, -1),
                SeatMoveKind::Hold => self.pools.hold(slot),
            }
            if let Some(state) = self.states.get_mut(index) {
                let now = self.pools.state_of(Some(slot));
                changed |= *state != now;
                *state = now;
            }
        }
        if changed {
            self.id = cache.seats_id(&self.states);
        }
    }
}
