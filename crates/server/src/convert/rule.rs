use seatkeeper_domain::{
    CompiledCatalog, Dependency, ExclusionGroup, ExclusionMembers, LocationRule, Restricted,
};
use seatkeeper_proto::v1::{self, catalog_rule::Rule, location_rule};

use super::product;
use super::service_plan::anywhere;

/// Encodes the rules of a catalog in `range`: exclusion groups, then dependencies, then location
/// rules.
pub(crate) fn to_proto(
    catalog: &CompiledCatalog,
    range: std::ops::Range<usize>,
) -> Vec<v1::CatalogRule> {
    let rules = catalog.catalog();
    let groups = rules.exclusion_groups.iter().map(Source::Group);
    let dependencies = rules.dependencies.iter().map(Source::Dependency);
    let locations = rules.location_rules.iter().map(Source::Location);
    let all = groups.chain(dependencies).chain(locations);
    all.skip(range.start)
        .take(range.len())
        .map(|source| v1::CatalogRule {
            rule: Some(source.to_proto(catalog)),
        })
        .collect()
}

/// How many rules a catalog has.
pub(crate) fn count(catalog: &CompiledCatalog) -> usize {
    let rules = catalog.catalog();
    rules.exclusion_groups.len() + rules.dependencies.len() + rules.location_rules.len()
}

enum Source<'a> {
    Group(&'a ExclusionGroup),
    Dependency(&'a Dependency),
    Location(&'a LocationRule),
}

impl Source<'_> {
    fn to_proto(&self, catalog: &CompiledCatalog) -> Rule {
        match self {
            Self::Group(group) => Rule::ExclusionGroup(exclusion_group(catalog, group)),
            Self::Dependency(dependency) => Rule::Dependency(v1::Dependency {
                service_plan: anywhere(catalog, [dependency.plan]).concat(),
                needs_any_of: anywhere(catalog, dependency.needs_any_of.iter().copied()),
            }),
            Self::Location(rule) => Rule::LocationRule(location_rule(catalog, rule)),
        }
    }
}

fn exclusion_group(catalog: &CompiledCatalog, group: &ExclusionGroup) -> v1::ExclusionGroup {
    let mut written = v1::ExclusionGroup {
        display_name: group.display_name.clone(),
        ..v1::ExclusionGroup::default()
    };
    match &group.members {
        ExclusionMembers::ServicePlans(plans) => {
            written.service_plans = anywhere(catalog, plans.iter().copied());
        }
        ExclusionMembers::Products(products) => {
            written.products = products
                .iter()
                .map(|&key| product::name_of(catalog, key))
                .collect();
        }
    }
    written
}

fn location_rule(catalog: &CompiledCatalog, rule: &LocationRule) -> v1::LocationRule {
    let restricted = match rule.restricted {
        Restricted::Product(key) => {
            location_rule::Restricted::Product(product::name_of(catalog, key))
        }
        Restricted::ServicePlan(plan) => {
            location_rule::Restricted::ServicePlan(anywhere(catalog, [plan]).concat())
        }
    };
    let locations = rule.prohibited_in.iter();
    v1::LocationRule {
        restricted: Some(restricted),
        prohibited_locations: locations
            .map(|location| location.as_str().to_owned())
            .collect(),
    }
}
