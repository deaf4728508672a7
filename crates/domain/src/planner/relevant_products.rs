use std::collections::BTreeSet;
use std::sync::Arc;

use crate::{Change, CompiledCatalog, HeldLicense, Holding, PlanSet, ProductKey};

/// The products of which it matters to a change whether a user holds them: users who differ in others
/// alone get the same decision.
///
/// A product matters that the change names, or that is excluded by one it names, or that has a plan
/// which a plan of one it names excludes, needs, or shares a need with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RelevantProducts {
    /// All there are, because all that is held is told.
    All,
    /// These, ascending.
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

    /// Whether a license of the product matters.
    #[must_use]
    pub fn includes(&self, product: ProductKey) -> bool {
        match self {
            Self::All => true,
            Self::Only(products) => products.binary_search(&product).is_ok(),
        }
    }

    /// The licenses of a holding that matter, in a holding made for nothing else.
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

/// The plans on whose being enabled it depends whether a change of `changed` breaks a rule.
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
            // It may be gained, or what satisfies it lost; then it matters what else satisfies it.
            if changed.contains(plan) || changed.intersects(any_of) {
                related.insert(plan);
                related.union_with(any_of);
            }
        }
    }
    related
}
