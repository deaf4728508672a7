use crate::{PlanSet, ProductKey};

use super::product_change::{EnabledPlans, ProductChange};

/// The licenses of one user with some product changes applied, as the rules see them.
pub(super) struct FinalState<'a> {
    /// The enabled plans of each license.
    pub(super) licenses: Vec<(ProductKey, &'a PlanSet)>,
    /// The plans enabled through any license.
    pub(super) plans: PlanSet,
}

impl<'a> FinalState<'a> {
    /// The licenses before, with those of the remaining changes replaced.
    pub(super) fn new(before: &'a EnabledPlans, remaining: &[&'a ProductChange<'a>]) -> Self {
        let kept = before
            .iter()
            .filter(|(product, _)| remaining.iter().all(|change| change.product != *product))
            .map(|(product, plans)| (*product, plans));
        let written = remaining
            .iter()
            .filter(|change| change.after.is_some())
            .map(|change| (change.product, &change.enabled));
        let licenses: Vec<_> = kept.chain(written).collect();
        let mut plans = PlanSet::new();
        for (_, enabled) in &licenses {
            plans.union_with(enabled);
        }
        Self { licenses, plans }
    }
}
