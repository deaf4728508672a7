use std::fmt;

use crate::{ProductId, ServicePlanId};

/// What an error or warning of an import is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ImportSubject {
    /// A product.
    Product(ProductId),
    /// A service plan.
    ServicePlan(ServicePlanId),
    /// An exclusion group, by its name.
    ExclusionGroup(String),
    /// A dependency, by the plan in need.
    Dependency(ServicePlanId),
    /// A location rule, by what it restricts.
    LocationRule(RestrictedId),
}

/// The part of a product or plan that an error or warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ImportField {
    /// Its name for people.
    DisplayName,
    /// The vendor's short name.
    PartNumber,
    /// Whether it is for users or for the whole company.
    AppliesTo,
}

/// What a location rule restricts, by identifier.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RestrictedId {
    /// The product as a whole.
    Product(ProductId),
    /// One plan, wherever it is bundled.
    ServicePlan(ServicePlanId),
}

/// The members of an exclusion group, by identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExclusionMemberIds {
    /// Plans, through whichever products they are enabled.
    ServicePlans(Vec<ServicePlanId>),
    /// Products, whatever their plans.
    Products(Vec<ProductId>),
}

impl fmt::Display for ImportSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Product(id) => write!(f, "product {id}"),
            Self::ServicePlan(id) => write!(f, "service plan {id}"),
            Self::ExclusionGroup(name) => write!(f, "exclusion group {name:?}"),
            Self::Dependency(id) => write!(f, "dependency of service plan {id}"),
            Self::LocationRule(restricted) => write!(f, "location rule of {restricted}"),
        }
    }
}

impl fmt::Display for ImportField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DisplayName => "display name",
            Self::PartNumber => "part number",
            Self::AppliesTo => "applies to",
        })
    }
}

impl fmt::Display for RestrictedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Product(id) => write!(f, "product {id}"),
            Self::ServicePlan(id) => write!(f, "service plan {id}"),
        }
    }
}
