//! The invariants, one per file.

mod batch_lifecycle;
mod customer;
mod holders;
mod holdings;
mod idempotency;
mod journal_index;
mod purchases;
mod reservations;
mod seats;
mod selection_coverage;
mod sequence;
mod tallies;
mod waitlists;

use crate::Check;

/// A new instance of every check.
#[must_use]
pub fn all() -> Vec<Box<dyn Check>> {
    vec![
        Box::<customer::CustomerAsJournaled>::default(),
        Box::<sequence::Gapless>::default(),
        Box::<journal_index::JournalIndex>::default(),
        Box::<holdings::Replayed>::default(),
        Box::<holders::Holders>::default(),
        Box::<purchases::Bought>::default(),
        Box::<seats::NeverOversold>::default(),
        Box::<batch_lifecycle::BatchLifecycle>::default(),
        Box::<reservations::Reservations>::default(),
        Box::<selection_coverage::SelectionCoverage>::default(),
        Box::<tallies::Tallies>::default(),
        Box::<idempotency::Idempotency>::default(),
        Box::<waitlists::Waitlists>::default(),
    ]
}
