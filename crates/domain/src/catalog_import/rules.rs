use std::collections::BTreeSet;

use super::registry::IndexSet;
use crate::UsageLocation;

/// An exclusion group as gathered so far.
#[derive(Debug, Clone, Default)]
pub(super) struct GroupDraft {
    /// Indexes of plans.
    pub(super) plans: IndexSet,
    /// Indexes of products; empty unless `plans` is, in a group that makes sense.
    pub(super) products: IndexSet,
}

/// A dependency: equal ones are the same rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct DependencyDraft {
    /// The index of the plan in need.
    pub(super) plan: usize,
    /// The indexes of the plans that satisfy it.
    pub(super) needs_any_of: IndexSet,
}

/// What a location rule restricts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum RestrictedIndex {
    Product(usize),
    ServicePlan(usize),
}

/// Where something is prohibited, as gathered so far.
pub(super) type LocationDraft = BTreeSet<UsageLocation>;
