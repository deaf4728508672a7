use std::collections::BTreeSet;

use seatkeeper_domain::{
    Dependency, ExclusionGroup, ExclusionMembers, LocationRule, PlanKey, ProductKey, Restricted,
    UsageLocation,
};

use crate::payload::plan_set::{keys, plan_keys};
use crate::payload::user::location;
use crate::payload::{Malformed, required};

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ExclusionGroupPayload {
    #[prost(string, tag = "1")]
    display_name: String,
    /// Whether the members are products.
    #[prost(bool, tag = "2")]
    of_products: bool,
    #[prost(uint32, repeated, tag = "3")]
    members: Vec<u32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct DependencyPayload {
    #[prost(uint32, tag = "1")]
    plan: u32,
    #[prost(uint32, repeated, tag = "2")]
    needs_any_of: Vec<u32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct LocationRulePayload {
    #[prost(oneof = "RestrictedPayload", tags = "1, 2")]
    restricted: Option<RestrictedPayload>,
    #[prost(string, repeated, tag = "3")]
    prohibited_in: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, prost::Oneof)]
enum RestrictedPayload {
    #[prost(uint32, tag = "1")]
    Product(u32),
    #[prost(uint32, tag = "2")]
    ServicePlan(u32),
}

impl From<&ExclusionGroup> for ExclusionGroupPayload {
    fn from(group: &ExclusionGroup) -> Self {
        let (of_products, members) = match &group.members {
            ExclusionMembers::ServicePlans(plans) => (false, keys(plans.iter().copied())),
            ExclusionMembers::Products(products) => {
                (true, products.iter().map(|product| product.0).collect())
            }
        };
        Self {
            display_name: group.display_name.clone(),
            of_products,
            members,
        }
    }
}

impl TryFrom<ExclusionGroupPayload> for ExclusionGroup {
    type Error = Malformed;

    fn try_from(payload: ExclusionGroupPayload) -> Result<Self, Malformed> {
        let members = if payload.of_products {
            ExclusionMembers::Products(payload.members.into_iter().map(ProductKey).collect())
        } else {
            ExclusionMembers::ServicePlans(plan_keys(&payload.members).collect())
        };
        Ok(Self {
            display_name: payload.display_name,
            members,
        })
    }
}

impl From<&Dependency> for DependencyPayload {
    fn from(dependency: &Dependency) -> Self {
        Self {
            plan: dependency.plan.0,
            needs_any_of: keys(dependency.needs_any_of.iter().copied()),
        }
    }
}

impl TryFrom<DependencyPayload> for Dependency {
    type Error = Malformed;

    fn try_from(payload: DependencyPayload) -> Result<Self, Malformed> {
        Ok(Self {
            plan: PlanKey(payload.plan),
            needs_any_of: plan_keys(&payload.needs_any_of).collect(),
        })
    }
}

impl From<&LocationRule> for LocationRulePayload {
    fn from(rule: &LocationRule) -> Self {
        let locations = rule.prohibited_in.iter();
        Self {
            restricted: Some(match rule.restricted {
                Restricted::Product(product) => RestrictedPayload::Product(product.0),
                Restricted::ServicePlan(plan) => RestrictedPayload::ServicePlan(plan.0),
            }),
            prohibited_in: locations
                .map(|location| location.as_str().to_owned())
                .collect(),
        }
    }
}

impl TryFrom<LocationRulePayload> for LocationRule {
    type Error = Malformed;

    fn try_from(payload: LocationRulePayload) -> Result<Self, Malformed> {
        let locations = payload.prohibited_in.iter();
        Ok(Self {
            restricted: match required(payload.restricted, "the restricted product or plan")? {
                RestrictedPayload::Product(product) => Restricted::Product(ProductKey(product)),
                RestrictedPayload::ServicePlan(plan) => Restricted::ServicePlan(PlanKey(plan)),
            },
            prohibited_in: locations
                .map(|text| location(text))
                .collect::<Result<BTreeSet<UsageLocation>, Malformed>>()?,
        })
    }
}
