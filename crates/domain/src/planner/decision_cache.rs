use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;

use crate::{Decision, Holding, Outcome, UserFacts, UserRevert};

use super::pools::SeatState;

/// Maximum number of decision inputs that a planner caches, and of holdings. The limit is checked
/// between chunks, so a chunk may exceed it by its own size. An entry takes a few kilobytes at
/// most; users of one customer usually share a few hundred.
const CACHED_MAX: usize = 16_384;

/// The complete input of a decision, except the catalog and the options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum CacheKey {
    NotFound {
        variant: VariantId,
    },
    Found {
        variant: VariantId,
        facts: UserFacts,
        holding: HoldingId,
        seats: SeatsId,
    },
}

/// The change that applies to a user, if users of one batch have different changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct VariantId(u32);

impl VariantId {
    /// The id if all users have the same change.
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

/// A decision and its effect on seats.
#[derive(Debug)]
pub(super) struct CachedDecision {
    pub(super) decision: Arc<Decision>,
    pub(super) moves: Vec<SeatMove>,
}

/// The effect of a decision on the seats of one product.
#[derive(Debug, Clone, Copy)]
pub(super) struct SeatMove {
    /// The product's index in the change.
    pub(super) index: usize,
    pub(super) kind: SeatMoveKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SeatMoveKind {
    Take,
    Free,
    /// Holds a free seat that is not taken yet.
    Hold,
}

/// A fast hasher: hashing the key is almost the whole cost of a cached decision.
type FastMap<K, V> = HashMap<K, V, FixedState>;

/// Decisions by input, cached over the chunks of a batch.
#[derive(Debug, Default)]
pub(super) struct DecisionCache {
    /// Empty if all users have the same change.
    reverts: FastMap<UserRevert, VariantId>,
    holdings: FastMap<Holding, HoldingId>,
    seats: FastMap<Vec<SeatState>, SeatsId>,
    by_key: FastMap<CacheKey, DecisionId>,
    ids: FastMap<Arc<Decision>, DecisionId>,
    decisions: Vec<CachedDecision>,
}

impl DecisionCache {
    /// Evicts all entries after the limit was exceeded. Earlier ids are invalid then.
    pub(super) fn evict(&mut self) {
        let sizes = [
            self.reverts.len(),
            self.holdings.len(),
            self.seats.len(),
            self.by_key.len(),
        ];
        if sizes.into_iter().any(|len| len > CACHED_MAX) {
            *self = Self::default();
        }
    }

    pub(super) fn variant_id(&mut self, revert: &UserRevert) -> VariantId {
        if let Some(&id) = self.reverts.get(revert) {
            return id;
        }
        let id = VariantId(next_id(self.reverts.len()));
        self.reverts.insert(revert.clone(), id);
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

    /// The decision for a key; calls `decide` if it is not cached.
    pub(super) fn decision_id(
        &mut self,
        key: CacheKey,
        decide: impl FnOnce() -> Decision,
    ) -> DecisionId {
        if let Some(&id) = self.by_key.get(&key) {
            return id;
        }
        let id = self.insert(decide());
        self.by_key.insert(key, id);
        id
    }

    pub(super) fn get(&self, id: DecisionId) -> &CachedDecision {
        &self.decisions[id.index()]
    }

    pub(super) const fn len(&self) -> usize {
        self.decisions.len()
    }

    fn insert(&mut self, decision: Decision) -> DecisionId {
        if let Some(&id) = self.ids.get(&decision) {
            return id;
        }
        let id = DecisionId(next_id(self.decisions.len()));
        let decision = Arc::new(decision);
        self.decisions.push(CachedDecision {
            moves: seat_moves(&decision),
            decision: Arc::clone(&decision),
        });
        self.ids.insert(decision, id);
        id
    }
}

fn next_id(len: usize) -> u32 {
    u32::try_from(len).expect("the cache is bounded far below 32 bits")
}

fn seat_moves(decision: &Decision) -> Vec<SeatMove> {
    decision
        .products
        .iter()
        .enumerate()
        .filter_map(|(index, product)| {
            let kind = match product.outcome {
                Outcome::Assigned => SeatMoveKind::Take,
                Outcome::Revoked => SeatMoveKind::Free,
                Outcome::Waitlisted if product.before.is_none() => SeatMoveKind::Hold,
                Outcome::Updated | Outcome::Unchanged | Outcome::Failed | Outcome::Waitlisted => {
                    return None;
                }
            };
            Some(SeatMove { index, kind })
        })
        .collect()
}
