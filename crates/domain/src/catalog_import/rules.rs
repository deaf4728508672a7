use std::collections::BTreeSet;

use super::registry::Places;
use crate::UsageLocation;

/// An exclusion group as gathered so far.
#[derive(Debug, Clone, Default)]
pub(super) struct GroupDraft {
    /// Places of plans.
    pub(super) plans: Places,
    /// Places of products; empty unless `plans` is, in a group that makes sense.
    pub(super) products: Places,
}

/// A dependency: equal ones are the same rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct DependencyDraft {
    /// The place of the plan in need.
    pub(super) plan: usize,
    /// The places of the plans that satisfy it.
    pub(super) needs_any_of: Places,
}

/// What a location rule restricts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum RestrictedPlace {
    Product(usize),
    ServicePlan(usize),
}

/// Where something is prohibited, as gathered so far.
pub(super) type LocationDraft = BTreeSet<UsageLocation>;
