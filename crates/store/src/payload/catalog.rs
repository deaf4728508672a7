//! A catalog: products and plans here, the rules between them in [`rules`].

mod rules;

use seatkeeper_domain::{
    AppliesTo, Catalog, PlanKey, Product, ProductId, ProductKey, ServicePlan, ServicePlanId,
};

use self::rules::{DependencyPayload, ExclusionGroupPayload, LocationRulePayload};
use super::plan_set::{keys, plan_keys};
use super::{Malformed, each, parsed};

/// A catalog version.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CatalogPayload {
    #[prost(message, repeated, tag = "1")]
    products: Vec<ProductPayload>,
    #[prost(message, repeated, tag = "2")]
    service_plans: Vec<ServicePlanPayload>,
    #[prost(message, repeated, tag = "3")]
    exclusion_groups: Vec<ExclusionGroupPayload>,
    #[prost(message, repeated, tag = "4")]
    dependencies: Vec<DependencyPayload>,
    #[prost(message, repeated, tag = "5")]
    location_rules: Vec<LocationRulePayload>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ProductPayload {
    #[prost(uint32, tag = "1")]
    key: u32,
    #[prost(string, tag = "2")]
    id: String,
    #[prost(string, tag = "3")]
    display_name: String,
    #[prost(string, tag = "4")]
    part_number: String,
    #[prost(uint32, repeated, tag = "5")]
    service_plans: Vec<u32>,
    #[prost(bool, tag = "6")]
    company: bool,
    #[prost(bool, tag = "7")]
    retired: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ServicePlanPayload {
    #[prost(uint32, tag = "1")]
    key: u32,
    #[prost(string, tag = "2")]
    id: String,
    #[prost(string, tag = "3")]
    part_number: String,
    #[prost(string, tag = "4")]
    display_name: String,
    #[prost(bool, tag = "5")]
    company: bool,
}

impl From<&Catalog> for CatalogPayload {
    fn from(catalog: &Catalog) -> Self {
        Self {
            products: catalog.products.iter().map(Into::into).collect(),
            service_plans: catalog.service_plans.iter().map(Into::into).collect(),
            exclusion_groups: catalog.exclusion_groups.iter().map(Into::into).collect(),
            dependencies: catalog.dependencies.iter().map(Into::into).collect(),
            location_rules: catalog.location_rules.iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<CatalogPayload> for Catalog {
    type Error = Malformed;

    fn try_from(payload: CatalogPayload) -> Result<Self, Malformed> {
        Ok(Self {
            products: each(payload.products)?,
            service_plans: each(payload.service_plans)?,
            exclusion_groups: each(payload.exclusion_groups)?,
            dependencies: each(payload.dependencies)?,
            location_rules: each(payload.location_rules)?,
        })
    }
}

impl From<&Product> for ProductPayload {
    fn from(product: &Product) -> Self {
        Self {
            key: product.key.0,
            id: product.id.as_str().to_owned(),
            display_name: product.display_name.clone(),
            part_number: product.part_number.clone(),
            service_plans: keys(product.service_plans.iter().copied()),
            company: product.applies_to == AppliesTo::Company,
            retired: product.retired,
        }
    }
}

impl TryFrom<ProductPayload> for Product {
    type Error = Malformed;

    fn try_from(payload: ProductPayload) -> Result<Self, Malformed> {
        Ok(Self {
            key: ProductKey(payload.key),
            id: parsed(&payload.id, |text| ProductId::parse(text).ok())?,
            display_name: payload.display_name,
            part_number: payload.part_number,
            service_plans: plan_keys(&payload.service_plans).collect(),
            applies_to: applies_to(payload.company),
            retired: payload.retired,
        })
    }
}

impl From<&ServicePlan> for ServicePlanPayload {
    fn from(plan: &ServicePlan) -> Self {
        Self {
            key: plan.key.0,
            id: plan.id.as_str().to_owned(),
            part_number: plan.part_number.clone(),
            display_name: plan.display_name.clone(),
            company: plan.applies_to == AppliesTo::Company,
        }
    }
}

impl TryFrom<ServicePlanPayload> for ServicePlan {
    type Error = Malformed;

    fn try_from(payload: ServicePlanPayload) -> Result<Self, Malformed> {
        Ok(Self {
            key: PlanKey(payload.key),
            id: parsed(&payload.id, |text| ServicePlanId::parse(text).ok())?,
            part_number: payload.part_number,
            display_name: payload.display_name,
            applies_to: applies_to(payload.company),
        })
    }
}

const fn applies_to(company: bool) -> AppliesTo {
    if company {
        AppliesTo::Company
    } else {
        AppliesTo::User
    }
}
