use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;

use crate::{Decision, Holding, Inverse, Outcome, UserFacts};

use super::pools::SeatState;

/// How many situations, and how many holdings, a planner remembers. Checked between chunks, so
/// that a chunk may overshoot it by its own size. A few kilobytes each at most; users of one
/// customer mostly share a few hundred.
const REMEMBERED_MAX: usize = 16_384;

/// Everything a decision depends on, besides the catalog and the options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Situated {
    NotFound {
        asked: AskedId,
    },
    Found {
        asked: AskedId,
        facts: UserFacts,
        holding: HoldingId,
        seats: SeatsId,
    },
}

/// What is asked of a user, where users of one batch may be asked for different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct AskedId(u32);

impl AskedId {
    /// The only thing that is asked.
    pub(super) const ONLY: Self = Self(0);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct HoldingId(u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct SeatsId(u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct DecisionId(u32);

impl DecisionId {
    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A decision with what it does to the seats.
#[derive(Debug)]
pub(super) struct Remembered {
    pub(super) decision: Arc<Decision>,
    pub(super) moves: Vec<SeatMove>,
}

/// What a decision does to a seat of one product.
#[derive(Debug, Clone, Copy)]
pub(super) struct SeatMove {
    /// The product's place in the change.
    pub(super) place: usize,
    pub(super) kind: SeatMoveKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SeatMoveKind {
    Take,
    Free,
    /// Speaks for a seat that is not taken yet.
    Hold,
}

/// Nearly all that deciding a remembered situation costs is hashing it.
type FastMap<K, V> = HashMap<K, V, FixedState>;

/// Decisions by situation, kept over the chunks of a batch.
#[derive(Debug, Default)]
pub(super) struct Memo {
    /// Empty where one change is asked of all.
    inverses: FastMap<Inverse, AskedId>,
    holdings: FastMap<Holding, HoldingId>,
    seats: FastMap<Vec<SeatState>, SeatsId>,
    by_situation: FastMap<Situated, DecisionId>,
    ids: FastMap<Arc<Decision>, DecisionId>,
    decisions: Vec<Remembered>,
}

impl Memo {
    /// Forgets everything once the limit is passed. Ids given out before are void after this.
    pub(super) fn make_room(&mut self) {
        let remembered = [
            self.inverses.len(),
            self.holdings.len(),
            self.seats.len(),
            self.by_situation.len(),
        ];
        if remembered.into_iter().any(|len| len > REMEMBERED_MAX) {
            *self = Self::default();
        }
    }

    pub(super) fn asked_id(&mut self, inverse: &Inverse) -> AskedId {
        if let Some(&id) = self.inverses.get(inverse) {
            return id;
        }
        let id = AskedId(next_id(self.inverses.len()));
        self.inverses.insert(inverse.clone(), id);
        id
    }

    pub(super) fn holding_id(&mut self, holding: &Holding) -> HoldingId {
        if let Some(&id) = self.holdings.get(holding) {
            return id;
        }
        let id = HoldingId(next_id(self.holdings.len()));
        self.holdings.insert(holding.clone(), id);
        id
    }

    pub(super) fn seats_id(&mut self, seats: &[SeatState]) -> SeatsId {
        if let Some(&id) = self.seats.get(seats) {
            return id;
        }
        let id = SeatsId(next_id(self.seats.len()));
        self.seats.insert(seats.to_vec(), id);
        id
    }

    /// The decision for a situation, made by `decide` when it is not remembered.
    pub(super) fn decision_id(
        &mut self,
        situated: Situated,
        decide: impl FnOnce() -> Decision,
    ) -> DecisionId {
        if let Some(&id) = self.by_situation.get(&situated) {
            return id;
        }
        let id = self.remember(decide());
        self.by_situation.insert(situated, id);
        id
    }

    pub(super) fn get(&self, id: DecisionId) -> &Remembered {
        &self.decisions[id.index()]
    }

    pub(super) const fn len(&self) -> usize {
        self.decisions.len()
    }

    fn remember(&mut self, decision: Decision) -> DecisionId {
        if let Some(&id) = self.ids.get(&decision) {
            return id;
        }
        let id = DecisionId(next_id(self.decisions.len()));
        let decision = Arc::new(decision);
        self.decisions.push(Remembered {
            moves: seat_moves(&decision),
            decision: Arc::clone(&decision),
        });
        self.ids.insert(decision, id);
        id
    }
}

fn next_id(len: usize) -> u32 {
    u32::try_from(len).expect("the memo is bounded far below 32 bits")
}

fn seat_moves(decision: &Decision) -> Vec<SeatMove> {
    decision
        .products
        .iter()
        .enumerate()
        .filter_map(|(place, product)| {
            let kind = match product.outcome {
                Outcome::Assigned => SeatMoveKind::Take,
                Outcome::Revoked => SeatMoveKind::Free,
                Outcome::Waitlisted if product.before.is_none() => SeatMoveKind::Hold,
                Outcome::Updated | Outcome::Unchanged | Outcome::Failed | Outcome::Waitlisted => {
                    return None;
                }
            };
            Some(SeatMove { place, kind })
        })
        .collect()
}
