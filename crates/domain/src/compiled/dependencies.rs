use crate::{Dependency, PlanKey, PlanSet};

use super::index::slot;

/// The dependencies of plans, by the plan that has them.
#[derive(Debug)]
pub(crate) struct Dependencies {
    in_need: PlanSet,
    /// By plan key: one set per dependency of the plan; each dependency must be satisfied.
    needs: Vec<Vec<PlanSet>>,
    /// By plan key: all plans that its dependencies list, ascending.
    named: Vec<Vec<PlanKey>>,
}

impl Dependencies {
    pub(super) fn new(dependencies: &[Dependency]) -> Self {
        let mut needs: Vec<Vec<PlanSet>> = Vec::new();
        for dependency in dependencies {
            slot(&mut needs, dependency.plan.index())
                .push(dependency.needs_any_of.iter().copied().collect());
        }
        let named = needs
            .iter()
            .map(|needs| {
                let mut named = PlanSet::new();
                for any_of in needs {
                    named.union_with(any_of);
                }
                named.iter().collect()
            })
            .collect();
        Self {
            in_need: dependencies
                .iter()
                .map(|dependency| dependency.plan)
                .collect(),
            needs,
            named,
        }
    }

    /// The plans with at least one dependency.
    pub(crate) const fn in_need(&self) -> &PlanSet {
        &self.in_need
    }

    /// The dependencies of `plan`: of each set, at least one member is needed.
    pub(crate) fn needs_of(&self, plan: PlanKey) -> &[PlanSet] {
        self.needs.get(plan.index()).map_or(&[], Vec::as_slice)
    }

    pub(super) fn named_by(&self, plan: PlanKey) -> &[PlanKey] {
        self.named.get(plan.index()).map_or(&[], Vec::as_slice)
    }
}
