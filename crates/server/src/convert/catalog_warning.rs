use seatkeeper_domain::{ImportSubject, ImportWarning, RestrictedId};
use seatkeeper_proto::v1::{self, catalog_warning::Type};

use super::names;

pub(crate) fn to_proto(warning: &ImportWarning) -> v1::CatalogWarning {
    let (kind, resource, variants) = match warning {
        ImportWarning::SpellingVariant {
            subject,
            kept,
            ignored,
            ..
        } => {
            let spellings = std::iter::once(kept).chain(ignored).cloned();
            (
                Type::SpellingVariant,
                resource(subject),
                spellings.collect(),
            )
        }
        ImportWarning::SharedName { products, .. } => (
            Type::SharedName,
            String::new(),
            products.iter().map(names::product).collect(),
        ),
        ImportWarning::SelfExclusiveProduct { product, plans, .. } => {
            let plans = plans.iter().map(|plan| names::service_plan(product, plan));
            (
                Type::SelfExclusiveProduct,
                names::product(product),
                plans.collect(),
            )
        }
        ImportWarning::DuplicateRule { rule } => (Type::DuplicateRule, resource(rule), Vec::new()),
        ImportWarning::PlanInNoProduct { plan } => (
            Type::PlanInNoProduct,
            names::service_plan_anywhere(plan),
            Vec::new(),
        ),
    };
    v1::CatalogWarning {
        r#type: kind.into(),
        resource,
        description: warning.to_string(),
        variants,
    }
}

/// The name of the product or plan that a subject is about; empty for an exclusion group, which is
/// about several.
fn resource(subject: &ImportSubject) -> String {
    match subject {
        ImportSubject::Product(product)
        | ImportSubject::LocationRule(RestrictedId::Product(product)) => names::product(product),
        ImportSubject::ServicePlan(plan)
        | ImportSubject::Dependency(plan)
        | ImportSubject::LocationRule(RestrictedId::ServicePlan(plan)) => {
            names::service_plan_anywhere(plan)
        }
        ImportSubject::ExclusionGroup(_) => String::new(),
    }
}
