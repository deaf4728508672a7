use std::collections::BTreeMap;

use crate::{ProductKey, SeatPool};

/// The seats available to a batch, by product; updated as seats are taken and freed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatPools {
    /// Ascending by product.
    slots: Vec<Slot>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Slot {
    pool: SeatPool,
    /// Seats taken minus seats freed since the pools were created.
    taken: i64,
    supply: Supply,
}

/// How a pool behaves when it has no seat left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Supply {
    /// It is exhausted.
    Limited,
    /// Its number of available seats goes below zero.
    Endless,
    /// Seats are bought; the number bought so far.
    Bought(i64),
}

/// The state of a product's pool for a new assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum SeatState {
    NotEntitled,
    /// The customer is entitled, but no unit is assignable now.
    Suspended,
    /// No seat is left; `available` is zero or negative.
    Exhausted {
        available: i64,
    },
    Free {
        /// Whether the next seat taken exceeds the active units.
        in_grace: bool,
    },
}

impl SeatPools {
    /// Pools with limited seats. A product without a pool is one that the customer is not entitled
    /// to.
    #[must_use]
    pub fn new(pools: Vec<SeatPool>) -> Self {
        Self::with_supplies(pools.into_iter().map(|pool| (pool, Supply::Limited)))
    }

    /// Pools without a limit, used to count the seats that a batch needs before it starts.
    /// Entitlement and assignability are checked as usual; `available` goes below zero instead of
    /// causing violations.
    #[must_use]
    pub fn unlimited(pools: Vec<SeatPool>) -> Self {
        Self::with_supplies(pools.into_iter().map(|pool| (pool, Supply::Endless)))
    }

    /// Pools paired with true buy seats when they run out: exactly the number that makes the next
    /// seat available. They also buy if the customer is not entitled to the product, or has no
    /// assignable seat. [`SeatPools::bought`] returns the numbers.
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

    /// The pool of a product, for corrections between chunks.
    pub fn get_mut(&mut self, product: ProductKey) -> Option<&mut SeatPool> {
        self.slot_of(product).map(|slot| &mut self.slots[slot].pool)
    }

    /// The pools in ascending order of products.
    pub fn iter(&self) -> impl Iterator<Item = &SeatPool> {
        self.slots.iter().map(|slot| &slot.pool)
    }

    /// Seats of a product taken minus seats freed since the pools were created.
    #[must_use]
    pub fn taken(&self, product: ProductKey) -> i64 {
        self.slot_of(product)
            .map_or(0, |slot| self.slots[slot].taken)
    }

    /// Products with more seats taken than available, ascending, each with the number of missing
    /// seats. Non-empty only for pools created by [`SeatPools::unlimited`].
    pub fn shortages(&self) -> impl Iterator<Item = (ProductKey, i64)> {
        self.slots
            .iter()
            .filter(|slot| slot.taken > 0 && slot.pool.available < 0)
            .map(|slot| (slot.pool.product, -slot.pool.available))
    }

    /// Products that need a purchase for the seats taken, ascending, each with the number of seats.
    /// Non-empty only for pools created by [`SeatPools::buying`].
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

    /// Takes `seats` seats; a negative number frees seats.
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

    /// Holds one seat, if available, for a waitlisted user, so that later users can't get it.
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
