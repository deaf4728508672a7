use std::collections::{BTreeMap, HashSet};

use super::build::Keys;
use super::subject::ImportField;
use super::warning::{ImportWarning, Warnings};
use crate::{
    AppliesTo, Catalog, ExclusionMembers, PlanKey, Product, ProductId, ProductKey, ServicePlan,
};

/// Warns about unusual products and plans of an import, checked in the whole resulting catalog.
pub(super) fn warn(catalog: &Catalog, keys: &Keys, warnings: &mut Warnings) {
    let named: HashSet<ProductKey> = keys.products.iter().copied().collect();
    warn_shared_names(catalog, &named, warnings);
    warn_self_exclusive(catalog, &named, warnings);
    warn_stray_plans(catalog, &keys.plans, warnings);
}

fn warn_shared_names(catalog: &Catalog, named: &HashSet<ProductKey>, warnings: &mut Warnings) {
    let mut products_by_name = BTreeMap::<(ImportField, &str), Vec<&Product>>::new();
    for product in catalog.products.iter().filter(|product| !product.retired) {
        for (field, text) in [
            (ImportField::DisplayName, &product.display_name),
            (ImportField::PartNumber, &product.part_number),
        ] {
            if !text.is_empty() {
                let sharing = products_by_name.entry((field, text)).or_default();
                sharing.push(product);
            }
        }
    }
    for ((field, text), sharing) in products_by_name {
        if sharing.len() > 1 && sharing.iter().any(|product| named.contains(&product.key)) {
            let products: Vec<ProductId> =
                sharing.iter().map(|product| product.id.clone()).collect();
            warnings.push(ImportWarning::SharedName {
                field,
                text: text.to_owned(),
                products,
            });
        }
    }
}

fn warn_self_exclusive(catalog: &Catalog, named: &HashSet<ProductKey>, warnings: &mut Warnings) {
    let named_products = catalog
        .products
        .iter()
        .filter(|product| named.contains(&product.key));
    for product in named_products {
        for group in &catalog.exclusion_groups {
            let ExclusionMembers::ServicePlans(members) = &group.members else {
                continue;
            };
            let clashing: Vec<&ServicePlan> = members
                .iter()
                .filter(|member| product.service_plans.binary_search(member).is_ok())
                .filter_map(|&member| plan(catalog, member))
                .filter(|plan| plan.applies_to == AppliesTo::User)
                .collect();
            if clashing.len() > 1 {
                warnings.push(ImportWarning::SelfExclusiveProduct {
                    product: product.id.clone(),
                    group: group.display_name.clone(),
                    plans: clashing.iter().map(|plan| plan.id.clone()).collect(),
                });
            }
        }
    }
}

fn warn_stray_plans(catalog: &Catalog, plans: &[PlanKey], warnings: &mut Warnings) {
    let bundled: HashSet<PlanKey> = catalog
        .products
        .iter()
        .flat_map(|product| product.service_plans.iter().copied())
        .collect();
    for stray in plans.iter().filter(|key| !bundled.contains(key)) {
        if let Some(plan) = plan(catalog, *stray) {
            warnings.push(ImportWarning::PlanInNoProduct {
                plan: plan.id.clone(),
            });
        }
    }
}

fn plan(catalog: &Catalog, key: PlanKey) -> Option<&ServicePlan> {
    let index = catalog
        .service_plans
        .binary_search_by_key(&key, |plan| plan.key)
        .ok()?;
    Some(&catalog.service_plans[index])
}
