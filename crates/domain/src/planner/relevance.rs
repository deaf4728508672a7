use crate::{Change, CompiledCatalog, Holding, PlanSet, ProductKey};

/// Which of the licenses that a user holds bear on a change: users who differ in the others alone get the
/// same decision.
///
/// A license bears on it whose product the change names, or excludes, or has an enabled plan that
/// a plan of a changed product excludes, needs, or shares a need with.
#[derive(Debug)]
pub(super) enum Relevance {
    /// Each does: all that is held afterwards is told.
    All,
    /// Those of some products do.
    Of(Products),
}

/// By product key, whether it is among them.
#[derive(Debug, Default)]
pub(super) struct Products(Vec<bool>);

impl Products {
    fn insert(&mut self, product: ProductKey) {
        let index = product.index();
        if index >= self.0.len() {
            self.0.resize(index + 1, false);
        }
        self.0[index] = true;
    }

    fn contains(&self, product: ProductKey) -> bool {
        self.0.get(product.index()).is_some_and(|&there| there)
    }
}

impl Relevance {
    pub(super) fn of(catalog: &CompiledCatalog, change: &Change) -> Self {
        let mut products = Products::default();
        let mut changed_plans = PlanSet::new();
        for product in change.products() {
            products.insert(product);
            changed_plans.union_with(catalog.user_plans(product));
            for (_, members) in catalog.exclusions().of_product(product) {
                members.iter().for_each(|&member| products.insert(member));
            }
        }
        let plans = related_plans(catalog, &changed_plans);
        for product in &catalog.catalog().products {
            if catalog.user_plans(product.key).intersects(&plans) {
                products.insert(product.key);
            }
        }
        Self::Of(products)
    }

    /// The licenses of a holding that bear on the change, in a holding made for nothing else.
    pub(super) fn narrow<'a>(&self, holding: &'a Holding, room: &'a mut Holding) -> &'a Holding {
        let Self::Of(products) = self else {
            return holding;
        };
        let licenses = holding.licenses.iter();
        let relevant = licenses.filter(|license| products.contains(license.product));
        room.licenses.clear();
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
