use crate::{ProductKey, PurchaseId, Timestamp};

/// A customer's right to seats of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entitlement {
    /// The product.
    pub product: ProductKey,
    /// The purchases of the entitlement, oldest first.
    pub purchases: Vec<Purchase>,
    /// Seats held by users.
    pub assigned: i64,
    /// Seats reserved for batches with policy `REQUIRE_ALL`.
    pub reserved: i64,
    /// Users who wait for a seat.
    pub waitlisted: i64,
    /// Number of changes to purchases; the source of its etag.
    pub revision: i64,
    /// When the first seats were bought.
    pub create_time: Timestamp,
    /// When purchases last changed.
    pub update_time: Timestamp,
}

/// Seats bought together for one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// The purchase's identifier within the entitlement.
    pub id: PurchaseId,
    /// Seats bought; never negative.
    pub seats: i64,
    /// When the seats become assignable.
    pub start_time: Timestamp,
    /// When the seats lapse; `None` if never.
    pub end_time: Option<Timestamp>,
}

/// How the seats of a purchase can be used at one moment. The state follows from the dates alone: a
/// start, a lapse or an end of grace causes no write and no journal entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PurchaseState {
    /// The period has not begun; the seats can't be used yet.
    Scheduled,
    /// Paid for and current.
    Active,
    /// Lapsed and in grace: still assignable.
    Warning,
    /// Lapsed beyond grace: assigned seats stay assigned, but can't be used.
    Suspended,
}

/// An entitlement's seats at one moment, by how they can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Units {
    /// Paid for and current.
    pub active: i64,
    /// Lapsed and in grace: still assignable.
    pub warning: i64,
    /// Lapsed beyond grace: not assignable.
    pub suspended: i64,
    /// Withdrawn: not assignable. Always zero at present; the field is part of the contract.
    pub locked_out: i64,
}

/// How long lapsed seats stay assignable, in microseconds: 30 days, the length of the expired stage
/// that Microsoft documents for its subscriptions.
pub const GRACE_MICROS: i64 = 30 * 24 * 60 * 60 * 1_000_000;

impl Purchase {
    /// The latest end of a purchase: its grace ends at the last moment that the contract can
    /// express.
    pub const LATEST_END: Timestamp = Timestamp::LAST.plus_micros(-GRACE_MICROS);

    /// When lapsed seats stop being assignable; `None` if they never lapse.
    #[must_use]
    pub fn grace_end_time(&self) -> Option<Timestamp> {
        self.end_time.map(|end| end.plus_micros(GRACE_MICROS))
    }

    /// The state of the seats at `now`.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> PurchaseState {
        let passed = |moment: Option<Timestamp>| moment.is_some_and(|moment| moment <= now);
        if now < self.start_time {
            PurchaseState::Scheduled
        } else if passed(self.grace_end_time()) {
            PurchaseState::Suspended
        } else if passed(self.end_time) {
            PurchaseState::Warning
        } else {
            PurchaseState::Active
        }
    }
}

impl Units {
    /// Usable seats: active ones and those in grace.
    #[must_use]
    pub const fn usable(&self) -> i64 {
        self.active.saturating_add(self.warning)
    }
}

impl Entitlement {
    /// When the next scheduled purchase starts after `now`.
    #[must_use]
    pub fn next_start_after(&self, now: Timestamp) -> Option<Timestamp> {
        let starts = self.purchases.iter().map(|purchase| purchase.start_time);
        starts.filter(|&start| start > now).min()
    }

    /// The units at `now`. Purchases that have not started are not counted.
    #[must_use]
    pub fn units_at(&self, now: Timestamp) -> Units {
        let mut units = Units::default();
        for purchase in &self.purchases {
            let unit = match purchase.state_at(now) {
                PurchaseState::Scheduled => continue,
                PurchaseState::Active => &mut units.active,
                PurchaseState::Warning => &mut units.warning,
                PurchaseState::Suspended => &mut units.suspended,
            };
            *unit = unit.saturating_add(purchase.seats);
        }
        units
    }

    /// The pool of seats available to a chunk of a batch at `now`; the batch itself holds
    /// `own_reserved` of the reserved seats. Seats that waitlisted users wait for are not
    /// available, except those reserved earlier, so no batch overtakes a queue.
    #[must_use]
    pub fn pool_at(&self, now: Timestamp, own_reserved: i64) -> SeatPool {
        let pool = self.queue_pool_at(now);
        let spoken_for = self.waitlisted.clamp(0, pool.available.max(0));
        SeatPool {
            available: pool.available - spoken_for + own_reserved,
            ..pool
        }
    }

    /// The pool of seats available to waitlisted users at `now`.
    #[must_use]
    pub fn queue_pool_at(&self, now: Timestamp) -> SeatPool {
        let units = self.units_at(now);
        SeatPool {
            product: self.product,
            entitled: true,
            assignable: units.usable() > 0,
            active: units.active,
            assigned: self.assigned,
            available: units.usable() - self.assigned - self.reserved,
        }
    }
}

/// One product's seats as the planner sees them. The planner reduces `available` as it decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatPool {
    /// The product.
    pub product: ProductKey,
    /// Whether the customer has an entitlement to the product.
    pub entitled: bool,
    /// Whether at least one unit is active or in grace; false if all are suspended or locked out.
    pub assignable: bool,
    /// Active units: each seat assigned beyond this number is in grace.
    pub active: i64,
    /// Seats held by users.
    pub assigned: i64,
    /// Available seats; negative after a reduction below the number of assigned seats.
    pub available: i64,
}

impl SeatPool {
    /// The pool of a product that the customer is not entitled to.
    #[must_use]
    pub const fn not_entitled(product: ProductKey) -> Self {
        Self {
            product,
            entitled: false,
            assignable: false,
            active: 0,
            assigned: 0,
            available: 0,
        }
    }

    /// Seats that must be bought before one can be assigned. This includes the lapsed or reduced
    /// seats of current holders.
    pub(crate) fn missing(&self) -> i64 {
        self.short_of(1)
    }

    /// Buys the missing part of `seats` seats and returns the number bought.
    pub(crate) fn buy(&mut self, seats: i64) -> i64 {
        let missing = self.short_of(seats);
        if missing > 0 {
            self.entitled = true;
            self.assignable = true;
            self.active += missing;
            self.available += missing;
        }
        missing
    }

    fn short_of(&self, seats: i64) -> i64 {
        if seats > 0 {
            (seats - self.available).max(0)
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests;
