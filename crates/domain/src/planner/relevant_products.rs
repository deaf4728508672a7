use std::collections::BTreeSet;
use std::sync::Arc;

use crate::{Change, CompiledCatalog, HeldLicense, Holding, PlanSet, ProductKey};

/// The products that are relevant for a change: users whose licenses differ only in other products
/// get the same decision.
///
/// A product is relevant if the change lists it, or if a listed product excludes it. It is also
/// relevant if one of its plans is related to a plan of a listed product: by exclusion, by a
/// dependency, or by a common dependency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RelevantProducts {
    /// All products, because decisions report all licenses held.
    All,
    /// These products, ascending.
    Only(Arc<[ProductKey]>),
}

impl RelevantProducts {
    pub(super) fn of(catalog: &CompiledCatalog, change: &Change) -> Self {
        let mut relevant = BTreeSet::new();
        let mut changed_plans = PlanSet::new();
        for product in change.products() {
            relevant.insert(product);
            changed_plans.union_with(catalog.user_plans(product));
            for (_, members) in catalog.exclusions().of_product(product) {
                relevant.extend(members);
            }
        }
        let plans = related_plans(catalog, &changed_plans);
        let products = catalog.catalog().products.iter();
        let products = products.map(|product| product.key);
        relevant.extend(products.filter(|&key| catalog.user_plans(key).intersects(&plans)));
        Self::Only(relevant.into_iter().collect())
    }

    /// Whether licenses of the product are relevant.
    #[must_use]
    pub fn includes(&self, product: ProductKey) -> bool {
        match self {
            Self::All => true,
            Self::Only(products) => products.binary_search(&product).is_ok(),
        }
    }

    /// Returns the relevant licenses of a holding; uses `room` if any must be left out.
    pub(super) fn narrow<'a>(&self, holding: &'a Holding, room: &'a mut Holding) -> &'a Holding {
        let matters = |license: &&HeldLicense| self.includes(license.product);
        if holding.licenses.iter().all(|license| matters(&license)) {
            return holding;
        }
        room.licenses.clear();
        let relevant = holding.licenses.iter().filter(matters);
        room.licenses.extend(relevant.cloned());
        room
    }
}

/// The plans that must be known to decide whether a change of the plans `changed` violates a rule.
fn related_plans(catalog: &CompiledCatalog, changed: &PlanSet) -> PlanSet {
    let mut related = PlanSet::new();
    let exclusions = catalog.exclusions();
    for plan in changed.common(exclusions.grouped_plans()) {
        for (_, members) in exclusions.of_plan(plan) {
            related.union_with(members);
        }
    }
    let dependencies = catalog.dependencies();
    for plan in dependencies.in_need().iter() {
        for any_of in dependencies.needs_of(plan) {
            // The plan may be gained, or a plan that satisfies it may be lost: then all
            // alternatives are relevant.
            if changed.contains(plan) || changed.intersects(any_of) {
                related.insert(plan);
                related.union_with(any_of);
            }
        }
    }
    related
}
