use std::collections::HashMap;

use crate::{Catalog, PlanKey, ProductId, ProductKey, ServicePlanId};

/// The keys of the catalog before an import, and the next free keys.
#[derive(Debug)]
pub(super) struct ExistingKeys<'a> {
    pub(super) products: HashMap<&'a ProductId, ProductKey>,
    pub(super) plans: HashMap<&'a ServicePlanId, PlanKey>,
    next_product: u32,
    next_plan: u32,
}

impl<'a> ExistingKeys<'a> {
    pub(super) fn of(catalog: &'a Catalog) -> Self {
        Self {
            products: catalog
                .products
                .iter()
                .map(|product| (&product.id, product.key))
                .collect(),
            plans: catalog
                .service_plans
                .iter()
                .map(|plan| (&plan.id, plan.key))
                .collect(),
            next_product: catalog.products.last().map_or(0, |last| last.key.0 + 1),
            next_plan: catalog
                .service_plans
                .last()
                .map_or(0, |last| last.key.0 + 1),
        }
    }

    /// The key of each product: its existing key, or the next free key in order.
    pub(super) fn product_keys<'b>(
        &self,
        ids: impl Iterator<Item = &'b ProductId>,
    ) -> Vec<ProductKey> {
        let mut next = self.next_product..;
        let mut new_key = || ProductKey(next.next().expect("limits keep keys within 32 bits"));
        ids.map(|id| self.products.get(id).copied().unwrap_or_else(&mut new_key))
            .collect()
    }

    /// The key of each plan: its existing key, or the next free key in order.
    pub(super) fn plan_keys<'b>(
        &self,
        ids: impl Iterator<Item = &'b ServicePlanId>,
    ) -> Vec<PlanKey> {
        let mut next = self.next_plan..;
        let mut new_key = || PlanKey(next.next().expect("limits keep keys within 32 bits"));
        ids.map(|id| self.plans.get(id).copied().unwrap_or_else(&mut new_key))
            .collect()
    }
}
