//! The invariants, one file each.

mod batches;
mod columns;
mod customer;
mod holders;
mod holdings;
mod purchases;
mod requests;
mod reservations;
mod seats;
mod selections;
mod sequence;
mod tallies;
mod waitlists;

use crate::Check;

/// Every check, fresh.
#[must_use]
pub fn all() -> Vec<Box<dyn Check>> {
    vec![
        Box::<customer::CustomerAsJournaled>::default(),
        Box::<sequence::Gapless>::default(),
        Box::<columns::Findable>::default(),
        Box::<holdings::Replayed>::default(),
        Box::<holders::AsLicensed>::default(),
        Box::<purchases::Bought>::default(),
        Box::<seats::NeverOversold>::default(),
        Box::<batches::Lives>::default(),
        Box::<reservations::SetAside>::default(),
        Box::<selections::Covered>::default(),
        Box::<tallies::Counted>::default(),
        Box::<requests::ActedOnce>::default(),
        Box::<waitlists::InLine>::default(),
    ]
}
