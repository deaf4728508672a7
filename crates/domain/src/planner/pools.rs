use std::collections::BTreeMap;

use crate::{ProductKey, SeatPool};

/// The seats a batch draws on, product by product, kept current as they are taken and freed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatPools {
    /// Ascending by product.
    slots: Vec<Slot>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Slot {
    pool: SeatPool,
    /// Seats taken less seats freed since the pools were made.
    taken: i64,
    supply: Supply,
}

/// What happens when a pool has no seat left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Supply {
    /// It is exhausted.
    Limited,
    /// It goes below zero.
    Endless,
    /// Seats are bought, so many so far.
    Bought(i64),
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
        Self::with_supplies(pools.into_iter().map(|pool| (pool, Supply::Limited)))
    }

    /// Pools that never run out, to count what a batch needs before it starts: entitlement and
    /// assignability are checked as ever, `available` goes below zero instead of refusing.
    #[must_use]
    pub fn unlimited(pools: Vec<SeatPool>) -> Self {
        Self::with_supplies(pools.into_iter().map(|pool| (pool, Supply::Endless)))
    }

    /// Pools of which those paired with true are bought more seats for as they run out: just so
    /// many that the one to be taken is available, and of a product the customer is not entitled
    /// to, or none of whose seats is assignable, too. [`SeatPools::bought`] tells how many.
    #[must_use]
    pub fn buying(pools: Vec<(SeatPool, bool)>) -> Self {
        Self::with_supplies(pools.into_iter().map(|(pool, buys)| {
            let supply = if buys {
                Supply::Bought(0)
            } else {
                Supply::Limited
            };
            (pool, supply)
        }))
    }

    fn with_supplies(pools: impl Iterator<Item = (SeatPool, Supply)>) -> Self {
        let by_product: BTreeMap<ProductKey, Slot> = pools
            .map(|(pool, supply)| {
                let slot = Slot {
                    pool,
                    taken: 0,
                    supply,
                };
                (pool.product, slot)
            })
            .collect();
        Self {
            slots: by_product.into_values().collect(),
        }
    }

    /// The pool of a product.
    #[must_use]
    pub fn get(&self, product: ProductKey) -> Option<&SeatPool> {
        self.slot_of(product).map(|slot| &self.slots[slot].pool)
    }

    /// The pool of a product, to set it right between chunks.
    pub fn get_mut(&mut self, product: ProductKey) -> Option<&mut SeatPool> {
        self.slot_of(product).map(|slot| &mut self.slots[slot].pool)
    }

    /// The pools in ascending order of products.
    pub fn iter(&self) -> impl Iterator<Item = &SeatPool> {
        self.slots.iter().map(|slot| &slot.pool)
    }

    /// Seats of a product taken less seats freed since the pools were made.
    #[must_use]
    pub fn taken(&self, product: ProductKey) -> i64 {
        self.slot_of(product)
            .map_or(0, |slot| self.slots[slot].taken)
    }

    /// The products of which more seats were taken than there are, ascending, each with how many
    /// are short. Only pools made by [`SeatPools::unlimited`] can have any.
    pub fn shortages(&self) -> impl Iterator<Item = (ProductKey, i64)> {
        self.slots
            .iter()
            .filter(|slot| slot.taken > 0 && slot.pool.available < 0)
            .map(|slot| (slot.pool.product, -slot.pool.available))
    }

    /// The products of which seats have to be bought for those that were taken, ascending, each
    /// with how many. Only pools made by [`SeatPools::buying`] can have any.
    pub fn bought(&self) -> impl Iterator<Item = (ProductKey, i64)> {
        self.slots.iter().filter_map(|slot| match slot.supply {
            Supply::Bought(seats) if seats > 0 => Some((slot.pool.product, seats)),
            Supply::Bought(_) | Supply::Limited | Supply::Endless => None,
        })
    }

    pub(super) fn slot_of(&self, product: ProductKey) -> Option<usize> {
        self.slots
            .binary_search_by_key(&product, |slot| slot.pool.product)
            .ok()
    }

    pub(super) fn state_of(&self, slot: Option<usize>) -> SeatState {
        let Some(Slot { pool, supply, .. }) = slot.map(|slot| &self.slots[slot]) else {
            return SeatState::NotEntitled;
        };
        match supply {
            Supply::Bought(_) => SeatState::Free {
                in_grace: pool.assigned >= pool.active + pool.missing(),
            },
            Supply::Limited | Supply::Endless if !pool.entitled => SeatState::NotEntitled,
            Supply::Limited | Supply::Endless if !pool.assignable => SeatState::Suspended,
            Supply::Limited if pool.available <= 0 => SeatState::Exhausted {
                available: pool.available,
            },
            Supply::Limited | Supply::Endless => SeatState::Free {
                in_grace: pool.assigned >= pool.active,
            },
        }
    }

    /// Takes `seats` seats, or frees them when negative.
    pub(super) fn take(&mut self, slot: usize, seats: i64) {
        let Slot {
            pool,
            taken,
            supply,
        } = &mut self.slots[slot];
        if let Supply::Bought(bought) = supply {
            *bought += pool.buy(seats);
        }
        pool.available -= seats;
        pool.assigned += seats;
        *taken += seats;
    }

    /// Keeps one seat, if there is one, for a user who waits: nobody after them finds it.
    pub(super) fn hold(&mut self, slot: usize) {
        let pool = &mut self.slots[slot].pool;
        if pool.available > 0 {
            pool.available -= 1;
        }
    }
}

impl From<Vec<SeatPool>> for SeatPools {
    fn from(pools: Vec<SeatPool>) -> Self {
        Self::new(pools)
    }
}

#[cfg(test)]
mod tests;
