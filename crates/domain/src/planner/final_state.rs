use crate::{PlanSet, ProductKey};

use super::case::{Case, EnabledPlans};

/// The licenses of one user, with some cases of a change applied, as the rules see them.
pub(super) struct FinalState<'a> {
    /// The enabled plans of each license.
    pub(super) licenses: Vec<(ProductKey, &'a PlanSet)>,
    /// The plans enabled through any license.
    pub(super) plans: PlanSet,
}

impl<'a> FinalState<'a> {
    /// The licenses before, with those the standing cases write in place of theirs.
    pub(super) fn new(before: &'a EnabledPlans, standing: &[&'a Case<'a>]) -> Self {
        let kept = before
            .iter()
            .filter(|(product, _)| standing.iter().all(|case| case.product != *product))
            .map(|(product, plans)| (*product, plans));
        let written = standing
            .iter()
            .filter(|case| case.after.is_some())
            .map(|case| (case.product, &case.enabled));
        let licenses: Vec<_> = kept.chain(written).collect();
        let mut plans = PlanSet::new();
        for (_, enabled) in &licenses {
            plans.union_with(enabled);
        }
        Self { licenses, plans }
    }
}
