use std::fmt;

use crate::{ProductId, ServicePlanId};

/// The entry of an import that an error or warning refers to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ImportSubject {
    /// A product.
    Product(ProductId),
    /// A service plan.
    ServicePlan(ServicePlanId),
    /// An exclusion group, by its name.
    ExclusionGroup(String),
    /// A dependency, identified by the plan that has it.
    Dependency(ServicePlanId),
    /// A location rule, identified by the product or plan that it restricts.
    LocationRule(RestrictedId),
}

/// The field of a product or plan that an error or warning refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ImportField {
    /// The name shown to people.
    DisplayName,
    /// The vendor's short name.
    PartNumber,
    /// Whether users hold it individually, or the whole company has it.
    AppliesTo,
}

/// The product or plan that a location rule restricts, by identifier.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RestrictedId {
    /// The product as a whole.
    Product(ProductId),
    /// One plan of every product that bundles it.
    ServicePlan(ServicePlanId),
}

/// The members of an exclusion group, by identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExclusionMemberIds {
    /// Plans, independent of the product that enables them.
    ServicePlans(Vec<ServicePlanId>),
    /// Products, independent of their enabled plans.
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
