use std::collections::BTreeMap;

use crate::{ProductKey, SeatPool};

/// The seats a batch draws on, product by product, kept current as they are taken and freed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatPools {
    /// Ascending by product.
    pools: Vec<SeatPool>,
    /// Seats taken less seats freed since the pools were made, pool by pool.
    taken: Vec<i64>,
    limited: bool,
}

/// What a new assignment of a product meets in its pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum SeatState {
    NotEntitled,
    /// Entitled, without a unit that is assignable now.
    Suspended,
    /// None left; zero or negative.
    Exhausted {
        available: i64,
    },
    Free {
        /// The next seat taken is one beyond the active units.
        in_grace: bool,
    },
}

impl SeatPools {
    /// Pools that run out. A product without a pool is one the customer is not entitled to.
    #[must_use]
    pub fn new(pools: Vec<SeatPool>) -> Self {
        Self::with_limit(pools, true)
    }

    /// Pools that never run out, to count what a batch needs before it starts: entitlement and
    /// assignability are judged as ever, `available` goes below zero instead of refusing.
    #[must_use]
    pub fn unlimited(pools: Vec<SeatPool>) -> Self {
        Self::with_limit(pools, false)
    }

    fn with_limit(pools: Vec<SeatPool>, limited: bool) -> Self {
        let by_product: BTreeMap<ProductKey, SeatPool> =
            pools.into_iter().map(|pool| (pool.product, pool)).collect();
        let pools: Vec<SeatPool> = by_product.into_values().collect();
        Self {
            taken: vec![0; pools.len()],
            pools,
            limited,
        }
    }

    /// The pool of a product.
    #[must_use]
    pub fn get(&self, product: ProductKey) -> Option<&SeatPool> {
        self.slot_of(product).map(|slot| &self.pools[slot])
    }

    /// The pool of a product, to set it right between chunks.
    pub fn get_mut(&mut self, product: ProductKey) -> Option<&mut SeatPool> {
        self.slot_of(product).map(|slot| &mut self.pools[slot])
    }

    /// The pools in ascending order of products.
    pub fn iter(&self) -> impl Iterator<Item = &SeatPool> {
        self.pools.iter()
    }

    /// Seats of a product taken less seats freed since the pools were made.
    #[must_use]
    pub fn taken(&self, product: ProductKey) -> i64 {
        self.slot_of(product).map_or(0, |slot| self.taken[slot])
    }

    /// The products of which more seats were taken than there are, ascending, each with how many
    /// are short. Only pools made by [`SeatPools::unlimited`] can have any.
    pub fn shortages(&self) -> impl Iterator<Item = (ProductKey, i64)> {
        self.pools
            .iter()
            .zip(&self.taken)
            .filter(|&(pool, &taken)| taken > 0 && pool.available < 0)
            .map(|(pool, _)| (pool.product, -pool.available))
    }

    pub(super) fn slot_of(&self, product: ProductKey) -> Option<usize> {
        self.pools
            .binary_search_by_key(&product, |pool| pool.product)
            .ok()
    }

    pub(super) fn state_of(&self, slot: Option<usize>) -> SeatState {
        let Some(pool) = slot.map(|slot| &self.pools[slot]) else {
            return SeatState::NotEntitled;
        };
        if !pool.entitled {
            SeatState::NotEntitled
        } else if !pool.assignable {
            SeatState::Suspended
        } else if self.limited && pool.available <= 0 {
            SeatState::Exhausted {
                available: pool.available,
            }
        } else {
            SeatState::Free {
                in_grace: pool.assigned >= pool.active,
            }
        }
    }

    /// Takes `seats` seats, or frees them when negative.
    pub(super) fn take(&mut self, slot: usize, seats: i64) {
        let pool = &mut self.pools[slot];
        pool.available -= seats;
        pool.assigned += seats;
        self.taken[slot] += seats;
    }
}

impl From<Vec<SeatPool>> for SeatPools {
    fn from(pools: Vec<SeatPool>) -> Self {
        Self::new(pools)
    }
}

#[cfg(test)]
mod tests;
