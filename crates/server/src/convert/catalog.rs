use seatkeeper_domain::CompiledCatalog;
use seatkeeper_proto::v1;

/// The resource name of the only catalog.
pub(crate) const NAME: &str = "catalog";

pub(crate) fn to_proto(catalog: &CompiledCatalog) -> v1::Catalog {
    let content = catalog.catalog();
    let retired = content.products.iter().filter(|product| product.retired);
    v1::Catalog {
        name: NAME.to_owned(),
        version: catalog.version().0,
        product_count: count(content.products.len()),
        retired_product_count: count(retired.count()),
        service_plan_count: count(content.service_plans.len()),
        exclusion_group_count: count(content.exclusion_groups.len()),
        dependency_count: count(content.dependencies.len()),
        location_rule_count: count(content.location_rules.len()),
    }
}

/// A length as an integer of the API.
pub(crate) fn count(length: usize) -> i64 {
    i64::try_from(length).expect("a length in memory")
}
