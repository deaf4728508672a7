use seatkeeper_proto::v1::import_catalog_request::{Content, Header, Items};
use seatkeeper_proto::v1::{
    AppliesTo, CatalogRule, Dependency, ExclusionGroup, ImportCatalogRequest,
    ImportCatalogResponse, LocationRule, Product, ServicePlan, catalog_rule, location_rule,
};

use tonic::{Response, Status};

use crate::Connection;

/// The resource name of a product.
pub fn product(id: &str) -> String {
    format!("products/{id}")
}

/// The resource name of a plan of a product.
pub fn plan(product: &str, id: &str) -> String {
    format!("products/{product}/servicePlans/{id}")
}

/// Imports the small catalog that most tests use.
///
/// `suite` has the plans `mail`, `chat` and `base`; `base` applies to the whole company. `lite` has
/// `mail-lite`, which excludes `mail`. `addon` has `meet`, which needs `chat` and is prohibited in
/// India. `tenant` applies to the whole company.
pub async fn import_catalog(connection: &Connection) -> ImportCatalogResponse {
    try_import_catalog(connection, "The suite").await.unwrap()
}

/// Imports the catalog with a given name for the suite. The server may reject the call or be
/// unreachable.
pub async fn try_import_catalog(
    connection: &Connection,
    suite: &str,
) -> Result<ImportCatalogResponse, Status> {
    let items = Items {
        products: vec![
            Product {
                display_name: suite.to_owned(),
                ..bundle("suite", &["mail", "chat", "base"])
            },
            bundle("lite", &["mail-lite"]),
            bundle("addon", &["meet"]),
            Product {
                applies_to: AppliesTo::Company.into(),
                ..bundle("tenant", &["base"])
            },
        ],
        service_plans: vec![
            part("mail"),
            part("chat"),
            part("mail-lite"),
            part("meet"),
            ServicePlan {
                applies_to: AppliesTo::Company.into(),
                ..part("base")
            },
        ],
        rules: rules(),
    };
    let messages = [Content::Header(Header::default()), Content::Items(items)];
    let messages = messages.map(|content| ImportCatalogRequest {
        content: Some(content),
    });
    let answer = connection
        .catalog()
        .import_catalog(tokio_stream::iter(messages))
        .await;
    answer.map(Response::into_inner)
}

fn bundle(id: &str, plans: &[&str]) -> Product {
    Product {
        name: product(id),
        part_number: id.to_uppercase(),
        display_name: format!("The {id}"),
        service_plans: plans.iter().map(|plan_id| plan(id, plan_id)).collect(),
        ..Product::default()
    }
}

fn part(id: &str) -> ServicePlan {
    ServicePlan {
        name: plan("-", id),
        part_number: id.to_uppercase(),
        display_name: format!("The {id} plan"),
        ..ServicePlan::default()
    }
}

fn rules() -> Vec<CatalogRule> {
    let exclusion = catalog_rule::Rule::ExclusionGroup(ExclusionGroup {
        display_name: "Mailboxes".to_owned(),
        service_plans: vec![plan("-", "mail"), plan("-", "mail-lite")],
        products: Vec::new(),
    });
    let dependency = catalog_rule::Rule::Dependency(Dependency {
        service_plan: plan("-", "meet"),
        needs_any_of: vec![plan("-", "chat")],
    });
    let location = catalog_rule::Rule::LocationRule(LocationRule {
        restricted: Some(location_rule::Restricted::ServicePlan(plan("-", "meet"))),
        prohibited_locations: vec!["IN".to_owned()],
    });
    let rules = [exclusion, dependency, location];
    rules.map(|rule| CatalogRule { rule: Some(rule) }).to_vec()
}
