use std::collections::BTreeSet;

use super::registry::IndexSet;
use crate::UsageLocation;

/// An exclusion group with the rows collected so far.
#[derive(Debug, Clone, Default)]
pub(super) struct GroupDraft {
    /// Indexes of member plans.
    pub(super) plans: IndexSet,
    /// Indexes of member products. A valid group has only plans or only products.
    pub(super) products: IndexSet,
}

/// A dependency; equal values are the same rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct DependencyDraft {
    /// The index of the plan with the dependency.
    pub(super) plan: usize,
    /// The indexes of the plans that satisfy it.
    pub(super) needs_any_of: IndexSet,
}

/// The product or plan that a location rule restricts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum RestrictedIndex {
    Product(usize),
    ServicePlan(usize),
}

/// The prohibited countries of a location rule, as collected so far.
pub(super) type LocationDraft = BTreeSet<UsageLocation>;
