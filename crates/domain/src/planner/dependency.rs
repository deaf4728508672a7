use crate::{CompiledCatalog, PlanKey, PlanSet, ProductKey, Violation};

use super::final_state::FinalState;
use super::product_change::ProductChange;

/// An enabled plan with one dependency that is not satisfied.
struct Missing<'a> {
    product: ProductKey,
    plan: PlanKey,
    any_of: &'a PlanSet,
}

/// Adds a violation to each change that causes an unsatisfied dependency in the final state.
///
/// If a change enables the plan, that change fails. If the plan was enabled before, every change
/// fails that disables a plan that satisfied the dependency. If the dependency was not satisfied
/// before, no change fails.
pub(super) fn dependency_violations(
    catalog: &CompiledCatalog,
    remaining: &[&ProductChange<'_>],
    state: &FinalState<'_>,
    violations: &mut [Vec<Violation>],
) {
    for missing in missing(catalog, state) {
        let gained = |change: &ProductChange<'_>| {
            change.product == missing.product && change.gained.contains(missing.plan)
        };
        let found = Violation::DependencyMissing {
            dependent_product: missing.product,
            plan: missing.plan,
        };
        if let Some(index) = remaining.iter().position(|change| gained(change)) {
            violations[index].push(found);
        } else {
            let blamed = remaining.iter().zip(violations.iter_mut());
            for (_, violations) in
                blamed.filter(|(change, _)| change.lost.intersects(missing.any_of))
            {
                violations.push(found.clone());
            }
        }
    }
}

fn missing<'a>(
    catalog: &'a CompiledCatalog,
    state: &'a FinalState<'_>,
) -> impl Iterator<Item = Missing<'a>> {
    let dependencies = catalog.dependencies();
    state.licenses.iter().flat_map(move |&(product, enabled)| {
        enabled
            .common(dependencies.in_need())
            .flat_map(move |plan| {
                dependencies
                    .needs_of(plan)
                    .iter()
                    .map(move |any_of| Missing {
                        product,
                        plan,
                        any_of,
                    })
            })
            .filter(|missing| !missing.any_of.intersects(&state.plans))
    })
}
