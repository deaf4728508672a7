use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use seatkeeper_proto::v1::{
    AppliesTo, CatalogRule, Dependency, ExclusionGroup, LocationRule, Product, ServicePlan,
    catalog_rule, location_rule,
};

use super::applies_to::AppliesToRow;
use super::{CsvError, CsvReader, applies_to, products, rules};
use crate::identifier::any_plan;

/// The content of a catalog file, determined by its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CatalogFileKind {
    Products,
    Exclusions,
    Dependencies,
    Locations,
    AppliesTo,
}

/// A plan's identifier, part number and display name.
pub(super) type Spelling = (String, String, String);

/// A plan in one of its spellings.
pub(super) struct PlanSpelling {
    pub(super) plan: ServicePlan,
    /// Number of rows with this spelling.
    pub(super) row_count: usize,
}

/// The combined content of the catalog files of one import.
#[derive(Default)]
pub(crate) struct CatalogFiles {
    /// Products by identifier.
    pub(super) products: BTreeMap<String, Product>,
    /// Plans by identifier and spelling: the server must see every spelling of a plan.
    pub(super) plans: BTreeMap<Spelling, PlanSpelling>,
    /// Members of each group, by the group's name.
    pub(super) groups: BTreeMap<String, BTreeSet<String>>,
    /// For each plan, the plans that satisfy its dependency; any one suffices.
    pub(super) needs: BTreeMap<String, BTreeSet<String>>,
    /// Prohibited countries of each plan.
    pub(super) prohibited: BTreeMap<String, BTreeSet<String>>,
    pub(super) applies_to_rows: Vec<AppliesToRow>,
}

/// The parts of a catalog as messages of the contract.
#[derive(Debug)]
pub(crate) struct CatalogItems {
    pub(crate) products: Vec<Product>,
    pub(crate) plans: Vec<ServicePlan>,
    pub(crate) rules: Vec<CatalogRule>,
}

impl CatalogFiles {
    /// Reads one more file; its header determines the kind.
    pub(crate) fn read(&mut self, path: &Path) -> Result<CatalogFileKind, CsvError> {
        self.take(CsvReader::open(path)?)
    }

    pub(super) fn take(&mut self, reader: CsvReader) -> Result<CatalogFileKind, CsvError> {
        let Some(kind) = CatalogFileKind::of(&reader) else {
            return Err(reader.unknown_header());
        };
        match kind {
            CatalogFileKind::Products => products::read(reader, self)?,
            CatalogFileKind::Exclusions => rules::read_exclusions(reader, self)?,
            CatalogFileKind::Dependencies => rules::read_dependencies(reader, self)?,
            CatalogFileKind::Locations => rules::read_locations(reader, self)?,
            CatalogFileKind::AppliesTo => applies_to::read(reader, self)?,
        }
        Ok(kind)
    }

    /// Combines the files into messages.
    pub(crate) fn into_items(mut self) -> Result<CatalogItems, CsvError> {
        for row in std::mem::take(&mut self.applies_to_rows) {
            row.apply(&mut self)?;
        }
        let mut rules = Vec::new();
        rules.extend(self.groups.into_iter().map(exclusion_group));
        rules.extend(self.needs.into_iter().map(dependency));
        rules.extend(self.prohibited.into_iter().map(location_rule));
        Ok(CatalogItems {
            products: self.products.into_values().collect(),
            plans: by_custom(self.plans),
            rules,
        })
    }

    /// The spellings of one plan.
    pub(super) fn spellings_of(&mut self, plan: &str) -> impl Iterator<Item = &mut ServicePlan> {
        let name = any_plan(plan);
        self.plans
            .values_mut()
            .map(|spelled| &mut spelled.plan)
            .filter(move |plan| plan.name == name)
    }
}

impl CatalogFileKind {
    fn of(reader: &CsvReader) -> Option<Self> {
        let has = |names: &[&str]| reader.find(names).is_some();
        if has(products::PRODUCT_ID) && has(products::PLAN_ID) {
            Some(Self::Products)
        } else if has(&["exclusion_group"]) {
            Some(Self::Exclusions)
        } else if has(&["needs_any_of_id"]) {
            Some(Self::Dependencies)
        } else if has(&["prohibited_country"]) {
            Some(Self::Locations)
        } else if has(&["applies_to"]) {
            Some(Self::AppliesTo)
        } else {
            None
        }
    }

    /// The kind's title for people.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Products => "products and plans",
            Self::Exclusions => "exclusion groups",
            Self::Dependencies => "dependencies",
            Self::Locations => "locations",
            Self::AppliesTo => "products and plans of the company",
        }
    }
}

/// The plans, each with its most common spelling first: the server keeps the first spelling.
fn by_custom(plans: BTreeMap<Spelling, PlanSpelling>) -> Vec<ServicePlan> {
    let mut plans: Vec<_> = plans.into_iter().collect();
    plans.sort_by(|((one, ..), one_spelled), ((other, ..), other_spelled)| {
        let commoner = other_spelled.row_count.cmp(&one_spelled.row_count);
        one.cmp(other).then(commoner)
    });
    plans.into_iter().map(|(_, spelled)| spelled.plan).collect()
}

pub(super) fn company() -> i32 {
    AppliesTo::Company.into()
}

fn exclusion_group((display_name, plans): (String, BTreeSet<String>)) -> CatalogRule {
    rule(catalog_rule::Rule::ExclusionGroup(ExclusionGroup {
        display_name,
        service_plans: names(&plans),
        products: Vec::new(),
    }))
}

fn dependency((plan, needs): (String, BTreeSet<String>)) -> CatalogRule {
    rule(catalog_rule::Rule::Dependency(Dependency {
        service_plan: any_plan(&plan),
        needs_any_of: names(&needs),
    }))
}

fn location_rule((plan, countries): (String, BTreeSet<String>)) -> CatalogRule {
    let restricted = location_rule::Restricted::ServicePlan(any_plan(&plan));
    rule(catalog_rule::Rule::LocationRule(LocationRule {
        restricted: Some(restricted),
        prohibited_locations: countries.into_iter().collect(),
    }))
}

fn rule(rule: catalog_rule::Rule) -> CatalogRule {
    CatalogRule { rule: Some(rule) }
}

fn names(plans: &BTreeSet<String>) -> Vec<String> {
    plans.iter().map(|plan| any_plan(plan)).collect()
}

#[cfg(test)]
mod tests;
