use std::collections::BTreeSet;

use crate::{PlanKey, ProductId, ProductKey, ServicePlanId, UsageLocation};

/// The number of an imported catalog; each import makes the next. A batch is decided by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CatalogVersion(pub i64);

/// Products, service plans and the rules between them, as of one import.
///
/// Rules are data: published catalogs change and contradict themselves over time.
/// Products and plans carry surrogate keys that stay the same from version to version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Catalog {
    /// In ascending order of their keys.
    pub products: Vec<Product>,
    /// In ascending order of their keys.
    pub service_plans: Vec<ServicePlan>,
    /// Groups of which a user may hold one member at most.
    pub exclusion_groups: Vec<ExclusionGroup>,
    /// What a plan needs.
    pub dependencies: Vec<Dependency>,
    /// Where a product or plan may not be used.
    pub location_rules: Vec<LocationRule>,
}

/// A SKU: what a customer buys seats of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Stable across catalog versions.
    pub key: ProductKey,
    /// The catalog's identifier; the only thing that identifies a product.
    pub id: ProductId,
    /// For people; not unique.
    pub display_name: String,
    /// The vendor's short name; not unique.
    pub part_number: String,
    /// The plans it bundles, in ascending order of their keys.
    pub service_plans: Vec<PlanKey>,
    /// Whether it is held user by user, or by the whole company.
    pub applies_to: AppliesTo,
    /// True once an import no longer names it: it can still be revoked, not assigned.
    pub retired: bool,
}

/// A part of a product that can be switched off for a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePlan {
    /// Stable across catalog versions.
    pub key: PlanKey,
    /// The catalog's identifier; the only thing that identifies a plan.
    pub id: ServicePlanId,
    /// The vendor's short name; not unique.
    pub part_number: String,
    /// For people; not unique.
    pub display_name: String,
    /// A plan of the whole company can't be switched off for one user, and no rule counts it.
    pub applies_to: AppliesTo,
}

/// Whom a product or plan is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AppliesTo {
    /// Held user by user.
    User,
    /// Belongs to the whole company.
    Company,
}

/// At most one distinct member may be enabled for a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExclusionGroup {
    /// The group's name, for messages.
    pub display_name: String,
    /// What excludes one another.
    pub members: ExclusionMembers,
}

/// The members of an exclusion group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExclusionMembers {
    /// Plans, through whichever products they are enabled.
    ServicePlans(Vec<PlanKey>),
    /// Products, whatever their plans.
    Products(Vec<ProductKey>),
}

/// `plan` needs at least one of `needs_any_of`, through any license of the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The plan in need.
    pub plan: PlanKey,
    /// Any one of these satisfies it; never empty.
    pub needs_any_of: Vec<PlanKey>,
}

/// Something that is not available to users in some countries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocationRule {
    /// What is restricted.
    pub restricted: Restricted,
    /// Where it is prohibited.
    pub prohibited_in: BTreeSet<UsageLocation>,
}

/// What a location rule restricts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Restricted {
    /// The product as a whole.
    Product(ProductKey),
    /// One plan, wherever it is bundled; a user may hold the product with the plan off.
    ServicePlan(PlanKey),
}
