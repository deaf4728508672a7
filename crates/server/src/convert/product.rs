use seatkeeper_domain::{CompiledCatalog, PlanKey, Product, ProductKey};
use seatkeeper_proto::v1;

use super::{names, policy};

/// The name of a product of this catalog.
pub(crate) fn name_of(catalog: &CompiledCatalog, key: ProductKey) -> String {
    names::product(&known(catalog, key).id)
}

/// The product under a key.
///
/// # Panics
/// Keys come out of the store together with the catalog that gives them meaning, and a catalog
/// keeps every product that was ever in one.
pub(crate) fn known(catalog: &CompiledCatalog, key: ProductKey) -> &Product {
    catalog
        .product(key)
        .expect("a catalog keeps every product that was ever in one")
}

/// The names of plans, as parts of a product. Plans that the catalog no longer has are left out.
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

pub(crate) fn to_proto(catalog: &CompiledCatalog, product: &Product) -> v1::Product {
    v1::Product {
        name: names::product(&product.id),
        part_number: product.part_number.clone(),
        display_name: product.display_name.clone(),
        applies_to: policy::applies_to_to_proto(product.applies_to).into(),
        service_plans: plan_names(catalog, product.key, product.service_plans.iter().copied()),
        retired: product.retired,
    }
}
