use std::collections::BTreeSet;

use crate::{PlanKey, ProductId, ProductKey, ServicePlanId, UsageLocation};

/// The version of an imported catalog; each import creates the next version. A batch uses one
/// version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CatalogVersion(pub i64);

/// Products, service plans and the rules between them, as of one import.
///
/// Rules are data, because published catalogs change and contradict themselves over time. The
/// surrogate keys of products and plans stay the same in all versions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Catalog {
    /// In ascending order of their keys.
    pub products: Vec<Product>,
    /// In ascending order of their keys.
    pub service_plans: Vec<ServicePlan>,
    /// Groups with members that exclude each other.
    pub exclusion_groups: Vec<ExclusionGroup>,
    /// Dependencies of plans on other plans.
    pub dependencies: Vec<Dependency>,
    /// Countries where a product or plan is prohibited.
    pub location_rules: Vec<LocationRule>,
}

/// A SKU: the unit that a customer buys seats of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Stable across catalog versions.
    pub key: ProductKey,
    /// The catalog's identifier; unique, unlike all other names of a product.
    pub id: ProductId,
    /// Name shown to people; not unique.
    pub display_name: String,
    /// The vendor's short name; not unique.
    pub part_number: String,
    /// The plans it bundles, in ascending order of their keys.
    pub service_plans: Vec<PlanKey>,
    /// Whether users hold it individually, or the whole company has it.
    pub applies_to: AppliesTo,
    /// True after an import in mode `Replace` did not list it: it can be revoked, but not assigned.
    pub retired: bool,
}

/// A part of a product that can be disabled for a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePlan {
    /// Stable across catalog versions.
    pub key: PlanKey,
    /// The catalog's identifier; unique, unlike all other names of a plan.
    pub id: ServicePlanId,
    /// The vendor's short name; not unique.
    pub part_number: String,
    /// Name shown to people; not unique.
    pub display_name: String,
    /// A plan of the whole company can't be disabled for one user, and no rule counts it.
    pub applies_to: AppliesTo,
}

/// Who holds a product or plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AppliesTo {
    /// Users hold it individually.
    User,
    /// It belongs to the whole company.
    Company,
}

/// A group of plans or products of which a user may have at most one distinct enabled member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExclusionGroup {
    /// The group's name, used in messages.
    pub display_name: String,
    /// The members that exclude each other.
    pub members: ExclusionMembers,
}

/// The members of an exclusion group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExclusionMembers {
    /// Plans, independent of the product that enables them.
    ServicePlans(Vec<PlanKey>),
    /// Products, independent of their enabled plans.
    Products(Vec<ProductKey>),
}

/// `plan` needs at least one of `needs_any_of`, through any license of the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The plan with the dependency.
    pub plan: PlanKey,
    /// The plans that satisfy the dependency; any one suffices. Never empty.
    pub needs_any_of: Vec<PlanKey>,
}

/// A product or plan that is prohibited for users in some countries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocationRule {
    /// The product or plan.
    pub restricted: Restricted,
    /// The countries where it is prohibited.
    pub prohibited_in: BTreeSet<UsageLocation>,
}

/// What a location rule restricts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Restricted {
    /// The product as a whole.
    Product(ProductKey),
    /// One plan of every product that bundles it; a user may still hold the product with the plan
    /// disabled.
    ServicePlan(PlanKey),
}
