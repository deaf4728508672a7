use crate::{CompiledCatalog, PlanKey, PlanSet, ProductKey, Violation};

use super::case::Case;
use super::final_state::FinalState;

/// An enabled plan that is without one thing it needs.
struct Missing<'a> {
    product: ProductKey,
    plan: PlanKey,
    any_of: &'a PlanSet,
}

/// Blames the cases for what is missing in the final state.
///
/// A plan that a case enables is that case's fault. A plan that was enabled before is the fault of
/// every case that switches off what it needs; where it was without before, there is none.
pub(super) fn dependency_violations(
    catalog: &CompiledCatalog,
    standing: &[&Case<'_>],
    state: &FinalState<'_>,
    violations: &mut [Vec<Violation>],
) {
    for missing in missing(catalog, state) {
        let gained =
            |case: &Case<'_>| case.product == missing.product && case.gained.contains(missing.plan);
        let found = Violation::DependencyMissing {
            dependent_product: missing.product,
            plan: missing.plan,
        };
        if let Some(place) = standing.iter().position(|case| gained(case)) {
            violations[place].push(found);
        } else {
            let blamed = standing.iter().zip(violations.iter_mut());
            for (_, violations) in blamed.filter(|(case, _)| case.lost.intersects(missing.any_of)) {
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
