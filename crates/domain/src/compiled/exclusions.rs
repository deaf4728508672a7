use std::collections::BTreeSet;

use crate::{ExclusionGroup, ExclusionMembers, PlanKey, PlanSet, ProductKey};

use super::index::slot;

/// The plans and the products that exclude each other.
#[derive(Debug)]
pub(crate) struct Exclusions {
    grouped_plans: PlanSet,
    /// By group: its plans; empty for a group of products.
    plans: Vec<PlanSet>,
    /// By group: its products; empty for a group of plans.
    products: Vec<BTreeSet<ProductKey>>,
    /// By plan key: the groups of the plan.
    groups_of_plan: Vec<BTreeSet<usize>>,
    /// By product key: the groups of the product.
    groups_of_product: Vec<BTreeSet<usize>>,
}

impl Exclusions {
    pub(super) fn new(groups: &[ExclusionGroup]) -> Self {
        let mut exclusions = Self {
            grouped_plans: PlanSet::new(),
            plans: vec![PlanSet::new(); groups.len()],
            products: vec![BTreeSet::new(); groups.len()],
            groups_of_plan: Vec::new(),
            groups_of_product: Vec::new(),
        };
        for (index, group) in groups.iter().enumerate() {
            match &group.members {
                ExclusionMembers::ServicePlans(plans) => exclusions.add_plans(index, plans),
                ExclusionMembers::Products(products) => exclusions.add_products(index, products),
            }
        }
        exclusions
    }

    fn add_plans(&mut self, group: usize, plans: &[PlanKey]) {
        for &plan in plans {
            self.grouped_plans.insert(plan);
            self.plans[group].insert(plan);
            slot(&mut self.groups_of_plan, plan.index()).insert(group);
        }
    }

    fn add_products(&mut self, group: usize, products: &[ProductKey]) {
        for &product in products {
            self.products[group].insert(product);
            slot(&mut self.groups_of_product, product.index()).insert(group);
        }
    }

    /// The plans that belong to at least one group.
    pub(crate) const fn grouped_plans(&self) -> &PlanSet {
        &self.grouped_plans
    }

    /// The groups of a plan, each with its index and its plans.
    pub(crate) fn of_plan(&self, plan: PlanKey) -> impl Iterator<Item = (usize, &PlanSet)> {
        self.groups_of_plan
            .get(plan.index())
            .into_iter()
            .flatten()
            .map(|&group| (group, &self.plans[group]))
    }

    /// The groups of a product, each with its index and its products.
    pub(crate) fn of_product(
        &self,
        product: ProductKey,
    ) -> impl Iterator<Item = (usize, &BTreeSet<ProductKey>)> {
        self.groups_of_product
            .get(product.index())
            .into_iter()
            .flatten()
            .map(|&group| (group, &self.products[group]))
    }
}
