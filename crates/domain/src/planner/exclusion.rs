use crate::{CompiledCatalog, PlanKey, PlanSet, Violation};

use super::final_state::FinalState;
use super::product_change::ProductChange;

/// Adds the conflicts of the plans that `change` enables, and of its product if it is newly
/// assigned, in the final state.
pub(super) fn exclusion_violations(
    catalog: &CompiledCatalog,
    change: &ProductChange<'_>,
    state: &FinalState<'_>,
    violations: &mut Vec<Violation>,
) {
    let exclusions = catalog.exclusions();
    for plan in change.gained.common(exclusions.grouped_plans()) {
        for (group, members) in exclusions.of_plan(plan) {
            plan_clashes(group, plan, members, state, violations);
        }
    }
    if change.is_assignment() {
        product_clashes(catalog, change, state, violations);
    }
}

fn plan_clashes(
    group: usize,
    plan: PlanKey,
    members: &PlanSet,
    state: &FinalState<'_>,
    violations: &mut Vec<Violation>,
) {
    for &(other_product, enabled) in &state.licenses {
        let others = members.common(enabled).filter(|&other| other != plan);
        violations.extend(others.map(|other| Violation::MutuallyExclusive {
            group,
            plan: Some(plan),
            other_product,
            other_plan: Some(other),
        }));
    }
}

fn product_clashes(
    catalog: &CompiledCatalog,
    change: &ProductChange<'_>,
    state: &FinalState<'_>,
    violations: &mut Vec<Violation>,
) {
    for (group, members) in catalog.exclusions().of_product(change.product) {
        let others = state
            .licenses
            .iter()
            .map(|&(product, _)| product)
            .filter(|product| *product != change.product && members.contains(product));
        violations.extend(others.map(|other_product| Violation::MutuallyExclusive {
            group,
            plan: None,
            other_product,
            other_plan: None,
        }));
    }
}
