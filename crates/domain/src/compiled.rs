mod dependencies;
mod exclusions;
mod index;
mod locations;

use crate::{
    AppliesTo, Catalog, CatalogVersion, ExclusionGroup, PlanKey, PlanSet, Product, ProductId,
    ProductKey, ServicePlan, ServicePlanId,
};

pub(crate) use dependencies::Dependencies;
pub(crate) use exclusions::Exclusions;
pub(crate) use locations::Locations;

use index::Index;

/// A catalog prepared for decisions: indexed by key and by identifier, with rules as bit sets.
///
/// Built once per version and shared by all planners that use it.
#[derive(Debug)]
pub struct CompiledCatalog {
    version: CatalogVersion,
    catalog: Catalog,
    products: Index<ProductId>,
    plans: Index<ServicePlanId>,
    /// By product key: the product's plans that users hold individually.
    user_plans: Vec<PlanSet>,
    exclusions: Exclusions,
    dependencies: Dependencies,
    locations: Locations,
}

static NO_PLANS: PlanSet = PlanSet::new();

impl CompiledCatalog {
    /// Compiles a catalog. Rules that refer to unknown products or plans are kept, but never apply.
    #[must_use]
    pub fn new(version: CatalogVersion, catalog: Catalog) -> Self {
        let products = Index::new(
            catalog
                .products
                .iter()
                .map(|product| (product.key.index(), product.id.clone())),
        );
        let plans = Index::new(
            catalog
                .service_plans
                .iter()
                .map(|plan| (plan.key.index(), plan.id.clone())),
        );
        Self {
            version,
            user_plans: user_plans(&catalog),
            exclusions: Exclusions::new(&catalog.exclusion_groups),
            dependencies: Dependencies::new(&catalog.dependencies),
            locations: Locations::new(&catalog.location_rules),
            products,
            plans,
            catalog,
        }
    }

    /// The version of the catalog.
    #[must_use]
    pub const fn version(&self) -> CatalogVersion {
        self.version
    }

    /// The catalog as it was imported.
    #[must_use]
    pub const fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The product with this key, or `None` if this version has no such product.
    #[must_use]
    pub fn product(&self, key: ProductKey) -> Option<&Product> {
        let index = self.products.by_key(key.index())?;
        self.catalog.products.get(index)
    }

    /// The product with this identifier; may be retired.
    #[must_use]
    pub fn product_by_id(&self, id: &ProductId) -> Option<&Product> {
        self.catalog.products.get(self.products.by_id(id)?)
    }

    /// The service plan with this key, or `None` if this version has no such plan.
    #[must_use]
    pub fn plan(&self, key: PlanKey) -> Option<&ServicePlan> {
        let index = self.plans.by_key(key.index())?;
        self.catalog.service_plans.get(index)
    }

    /// The service plan with this identifier.
    #[must_use]
    pub fn plan_by_id(&self, id: &ServicePlanId) -> Option<&ServicePlan> {
        self.catalog.service_plans.get(self.plans.by_id(id)?)
    }

    /// All plans in the dependencies of `plan`, ascending; empty if it has no dependency.
    #[must_use]
    pub fn needs_of(&self, plan: PlanKey) -> &[PlanKey] {
        self.dependencies.named_by(plan)
    }

    /// The exclusion group at the index given by [`crate::Violation::MutuallyExclusive`].
    #[must_use]
    pub fn exclusion_group(&self, index: usize) -> Option<&ExclusionGroup> {
        self.catalog.exclusion_groups.get(index)
    }

    /// The plans of a product that users hold individually. Only these plans can be disabled, and
    /// only these count in rules. Empty for a product that this version does not have.
    #[must_use]
    pub fn user_plans(&self, product: ProductKey) -> &PlanSet {
        self.user_plans.get(product.index()).unwrap_or(&NO_PLANS)
    }

    pub(crate) const fn exclusions(&self) -> &Exclusions {
        &self.exclusions
    }

    pub(crate) const fn dependencies(&self) -> &Dependencies {
        &self.dependencies
    }

    pub(crate) const fn locations(&self) -> &Locations {
        &self.locations
    }
}

fn user_plans(catalog: &Catalog) -> Vec<PlanSet> {
    let user_scoped: PlanSet = catalog
        .service_plans
        .iter()
        .filter(|plan| plan.applies_to == AppliesTo::User)
        .map(|plan| plan.key)
        .collect();
    let mut by_product = Vec::new();
    for product in &catalog.products {
        let plans: PlanSet = product.service_plans.iter().copied().collect();
        *index::slot(&mut by_product, product.key.index()) = plans.intersection(&user_scoped);
    }
    by_product
}

#[cfg(test)]
mod tests;
