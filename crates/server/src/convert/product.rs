use std::collections::BTreeSet;

use seatkeeper_domain::{
    CompiledCatalog, ExclusionMembers, PlanKey, Product, ProductKey, Restricted,
};
use seatkeeper_proto::v1;

use super::service_plan::prohibited_locations;
use super::{names, policy};

/// The name of a product of this catalog.
pub(crate) fn name_of(catalog: &CompiledCatalog, key: ProductKey) -> String {
    names::product(&known(catalog, key).id)
}

/// The product with a key.
///
/// # Panics
/// If the catalog does not have the key. Keys come from the store together with their catalog, and
/// a catalog keeps every product that was ever in one.
pub(crate) fn known(catalog: &CompiledCatalog, key: ProductKey) -> &Product {
    catalog
        .product(key)
        .expect("a catalog keeps every product that was ever in one")
}

/// The names of plans as parts of a product. Plans that the catalog no longer has are left out.
pub(crate) fn plan_names(
    catalog: &CompiledCatalog,
    product: ProductKey,
    plans: impl Iterator<Item = PlanKey>,
) -> Vec<String> {
    let product = known(catalog, product);
    plans
        .filter_map(|plan| catalog.plan(plan))
        .map(|plan| names::service_plan(&product.id, &plan.id))
        .collect()
}

/// Encodes a product with its exclusions and prohibited locations.
pub(crate) fn to_proto(catalog: &CompiledCatalog, product: &Product) -> v1::Product {
    let exclusions = exclusions(catalog, product.key);
    let excluded: BTreeSet<ProductKey> = exclusions
        .iter()
        .flat_map(|(_, members)| members.iter().copied())
        .filter(|&member| member != product.key)
        .collect();
    v1::Product {
        name: names::product(&product.id),
        part_number: product.part_number.clone(),
        display_name: product.display_name.clone(),
        applies_to: policy::applies_to_to_proto(product.applies_to).into(),
        service_plans: plan_names(catalog, product.key, product.service_plans.iter().copied()),
        retired: product.retired,
        exclusion_groups: exclusions
            .iter()
            .map(|&(group, _)| group.to_owned())
            .collect(),
        excluded_products: excluded
            .into_iter()
            .filter_map(|member| catalog.product(member))
            .map(|member| names::product(&member.id))
            .collect(),
        prohibited_locations: prohibited_locations(catalog, Restricted::Product(product.key)),
    }
}

/// The exclusion groups that contain a product, with their members.
fn exclusions(catalog: &CompiledCatalog, product: ProductKey) -> Vec<(&str, &[ProductKey])> {
    let groups = catalog.catalog().exclusion_groups.iter();
    groups
        .filter_map(|group| match &group.members {
            ExclusionMembers::Products(members) if members.contains(&product) => {
                Some((group.display_name.as_str(), members.as_slice()))
            }
            ExclusionMembers::Products(_) | ExclusionMembers::ServicePlans(_) => None,
        })
        .collect()
}
