use std::collections::BTreeSet;

use seatkeeper_domain::{
    CompiledCatalog, ExclusionMembers, PlanKey, Restricted, ServicePlan, UsageLocation,
};
use seatkeeper_proto::v1;

use super::{names, policy};

/// Encodes a plan under `name`, with its dependencies, exclusions and prohibited locations.
pub(crate) fn to_proto(
    catalog: &CompiledCatalog,
    name: String,
    plan: &ServicePlan,
) -> v1::ServicePlan {
    let exclusions = Exclusions::of(catalog, plan.key);
    v1::ServicePlan {
        name,
        part_number: plan.part_number.clone(),
        display_name: plan.display_name.clone(),
        applies_to: policy::applies_to_to_proto(plan.applies_to).into(),
        needs: needs(catalog, plan.key),
        exclusion_groups: exclusions.groups,
        excluded_plans: anywhere(catalog, exclusions.plans),
        prohibited_locations: prohibited_locations(catalog, Restricted::ServicePlan(plan.key)),
    }
}

/// The names of plans that leave the product open.
pub(crate) fn anywhere(
    catalog: &CompiledCatalog,
    plans: impl IntoIterator<Item = PlanKey>,
) -> Vec<String> {
    let known = plans.into_iter().filter_map(|plan| catalog.plan(plan));
    known
        .map(|plan| names::service_plan_anywhere(&plan.id))
        .collect()
}

fn needs(catalog: &CompiledCatalog, plan: PlanKey) -> Vec<v1::NeededPlans> {
    let dependencies = &catalog.catalog().dependencies;
    let own = dependencies
        .iter()
        .filter(|dependency| dependency.plan == plan);
    own.map(|dependency| v1::NeededPlans {
        any_of: anywhere(catalog, dependency.needs_any_of.iter().copied()),
    })
    .collect()
}

struct Exclusions {
    groups: Vec<String>,
    plans: BTreeSet<PlanKey>,
}

impl Exclusions {
    fn of(catalog: &CompiledCatalog, plan: PlanKey) -> Self {
        let mut exclusions = Self {
            groups: Vec::new(),
            plans: BTreeSet::new(),
        };
        for group in &catalog.catalog().exclusion_groups {
            if let ExclusionMembers::ServicePlans(members) = &group.members
                && members.contains(&plan)
            {
                exclusions.groups.push(group.display_name.clone());
                exclusions
                    .plans
                    .extend(members.iter().filter(|&&member| member != plan));
            }
        }
        exclusions
    }
}

/// The countries where a product, or a plan, may not be used.
pub(super) fn prohibited_locations(
    catalog: &CompiledCatalog,
    restricted: Restricted,
) -> Vec<String> {
    let rules = &catalog.catalog().location_rules;
    let own = rules.iter().filter(|rule| rule.restricted == restricted);
    let locations: BTreeSet<UsageLocation> = own
        .flat_map(|rule| rule.prohibited_in.iter().copied())
        .collect();
    locations
        .iter()
        .map(|location| location.as_str().to_owned())
        .collect()
}
