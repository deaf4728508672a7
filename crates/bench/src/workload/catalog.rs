use seatkeeper_proto::v1::{
    CatalogRule, ImportCatalogRequest, LocationRule, Product, ServicePlan, catalog_rule,
    import_catalog_request, location_rule,
};

use super::users::PROHIBITED_LOCATION;
use crate::Error;
use crate::clients::Clients;

/// Number of products in the catalog.
pub(crate) const PRODUCT_COUNT: usize = 20;

/// Number of service plans of a product. As in real catalogs, there is a large suite and smaller
/// products.
fn plan_count(product: usize) -> usize {
    if product == 0 { 40 } else { 3 }
}

/// The resource name of a product, counted from 0.
pub(crate) fn product(index: usize) -> String {
    format!("products/product-{index:02}")
}

pub(crate) async fn import_catalog(clients: &Clients) -> Result<(), Error> {
    let (products, plans): (Vec<_>, Vec<_>) = (0..PRODUCT_COUNT).map(product_and_plans).unzip();
    let prohibited = LocationRule {
        restricted: Some(location_rule::Restricted::Product(product(0))),
        prohibited_locations: vec![PROHIBITED_LOCATION.to_owned()],
    };
    let items = import_catalog_request::Items {
        products,
        service_plans: plans.into_iter().flatten().collect(),
        rules: vec![CatalogRule {
            rule: Some(catalog_rule::Rule::LocationRule(prohibited)),
        }],
    };
    let messages = [
        import_catalog_request::Content::Header(import_catalog_request::Header::default()),
        import_catalog_request::Content::Items(items),
    ]
    .map(|content| ImportCatalogRequest {
        content: Some(content),
    });
    clients
        .catalog()
        .import_catalog(futures::stream::iter(messages))
        .await?;
    Ok(())
}

fn product_and_plans(index: usize) -> (Product, Vec<ServicePlan>) {
    let name = product(index);
    let plans: Vec<ServicePlan> = (0..plan_count(index))
        .map(|plan| ServicePlan {
            name: format!("{name}/servicePlans/plan-{index:02}-{plan:02}"),
            display_name: format!("Plan {plan} of product {index}"),
            ..ServicePlan::default()
        })
        .collect();
    let product = Product {
        name,
        display_name: format!("Product {index}"),
        service_plans: plans.iter().map(|plan| plan.name.clone()).collect(),
        ..Product::default()
    };
    (product, plans)
}
