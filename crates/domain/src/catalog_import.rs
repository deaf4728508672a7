//! Builds a catalog from the rows of an import: collects rows, validates them, and keeps keys
//! stable.

mod build;
mod description;
mod error;
mod existing_keys;
mod limits;
mod lint;
mod registry;
mod rules;
mod subject;
mod validate;
mod validated;
mod warning;

#[cfg(test)]
mod tests;

pub use error::ImportError;
pub use limits::{
    CATALOG_PRODUCTS_MAX, CATALOG_SERVICE_PLANS_MAX, CATALOG_TEXT_LENGTH_MAX, DEPENDENCIES_MAX,
    DEPENDENCY_ALTERNATIVES_MAX, EXCLUSION_GROUPS_MAX, EXCLUSION_MEMBERS_MAX, IMPORT_ERRORS_MAX,
    LOCATION_RULES_MAX, PRODUCT_SERVICE_PLANS_MAX,
};
pub use subject::{ExclusionMemberIds, ImportField, ImportSubject, RestrictedId};
pub use validated::{ImportCounts, ValidatedDraft};
pub use warning::ImportWarning;

use description::{Description, trimmed, validated_text};
use error::Errors;
use existing_keys::ExistingKeys;
use registry::{IndexSet, Registry};
use rules::{DependencyDraft, GroupDraft, LocationDraft, RestrictedIndex};
use validate::validate_totals;
use warning::Warnings;

use crate::{AppliesTo, Catalog, ProductId, ServicePlanId, UsageLocation};

/// How an import treats entries of the previous catalog that it does not list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CatalogImportMode {
    /// Entries that the import does not list stay. Listed entries are added, or replace earlier
    /// values: the plans of a product, the members of an exclusion group, the dependencies of a
    /// plan, and the countries where a product or plan is prohibited.
    Merge,
    /// All rules come from the import alone. Products that it does not list are retired and keep
    /// their last plans. Plans are never deleted, because licenses may refer to them.
    Replace,
}

/// A catalog import that collects rows in any order; references are validated at the end.
///
/// Rows may repeat. If names contradict each other, the first name is kept, and a warning lists the
/// others. An empty text leaves a name unset. Memory is bounded for any input.
#[derive(Debug, Clone)]
pub struct CatalogDraft {
    mode: CatalogImportMode,
    products: Registry<ProductId, ProductDraft>,
    plans: Registry<ServicePlanId, Description>,
    groups: Registry<String, GroupDraft>,
    dependencies: Registry<DependencyDraft, ()>,
    locations: Registry<RestrictedIndex, LocationDraft>,
    errors: Errors,
    warnings: Warnings,
}

/// A product with the rows collected so far.
#[derive(Debug, Clone, Default)]
struct ProductDraft {
    description: Description,
    /// Indexes of the plans it bundles.
    plans: IndexSet,
}

impl CatalogDraft {
    /// An import without any rows.
    #[must_use]
    pub fn new(mode: CatalogImportMode) -> Self {
        Self {
            mode,
            products: Registry::new(CATALOG_PRODUCTS_MAX),
            plans: Registry::new(CATALOG_SERVICE_PLANS_MAX),
            groups: Registry::new(EXCLUSION_GROUPS_MAX),
            dependencies: Registry::new(DEPENDENCIES_MAX),
            locations: Registry::new(LOCATION_RULES_MAX),
            errors: Errors::default(),
            warnings: Warnings::default(),
        }
    }

    /// Describes a product. An empty display name defaults to the part number, else to the
    /// identifier.
    pub fn add_product(
        &mut self,
        product: &ProductId,
        display_name: &str,
        part_number: &str,
        applies_to: AppliesTo,
    ) {
        let Some(index) = self.products.mention(product) else {
            return;
        };
        let subject = ImportSubject::Product(product.clone());
        let given = self.description(&subject, display_name, part_number, applies_to);
        let known = &mut self.products.value_mut(index).description;
        known.describe(given, &subject, &mut self.warnings);
    }

    /// Describes a service plan. An empty display name has the same defaults as for a product.
    pub fn add_service_plan(
        &mut self,
        plan: &ServicePlanId,
        part_number: &str,
        display_name: &str,
        applies_to: AppliesTo,
    ) {
        let Some(index) = self.plans.mention(plan) else {
            return;
        };
        let subject = ImportSubject::ServicePlan(plan.clone());
        let given = self.description(&subject, display_name, part_number, applies_to);
        let known = self.plans.value_mut(index);
        known.describe(given, &subject, &mut self.warnings);
    }

    /// Adds a plan to a product's bundle.
    pub fn add_product_plan(&mut self, product: &ProductId, plan: &ServicePlanId) {
        if let (Some(product), Some(plan)) =
            (self.products.mention(product), self.plans.mention(plan))
        {
            let plans = &mut self.products.value_mut(product).plans;
            plans.insert(plan, PRODUCT_SERVICE_PLANS_MAX);
        }
    }

    /// Adds members to the exclusion group with this name. A plan without a description is added
    /// with only its identifier.
    pub fn add_exclusion_group(&mut self, name: &str, members: &ExclusionMemberIds) {
        let name = trimmed(name).to_owned();
        let subject = ImportSubject::ExclusionGroup(name.clone());
        let name = validated_text(&name, &subject, ImportField::DisplayName, &mut self.errors);
        if name.is_empty() {
            self.errors.push(ImportError::UnnamedGroup);
            return;
        }
        let is_known = self.groups.contains(&name);
        let Some(group) = self.groups.mention(&name) else {
            return;
        };
        let group = self.groups.value_mut(group);
        let mut is_news = false;
        match members {
            ExclusionMemberIds::ServicePlans(ids) => {
                for index in ids.iter().filter_map(|id| self.plans.mention(id)) {
                    is_news |= group.plans.insert(index, EXCLUSION_MEMBERS_MAX);
                }
            }
            ExclusionMemberIds::Products(ids) => {
                for index in ids.iter().filter_map(|id| self.products.mention(id)) {
                    is_news |= group.products.insert(index, EXCLUSION_MEMBERS_MAX);
                }
            }
        }
        if is_known && !is_news {
            self.warnings.duplicate(subject);
        }
    }

    /// Adds a dependency: `plan` needs one of `needs_any_of`. All dependencies of a plan must be
    /// satisfied. Plans without a description are handled as for exclusion groups.
    pub fn add_dependency(&mut self, plan: &ServicePlanId, needs_any_of: &[ServicePlanId]) {
        if needs_any_of.is_empty() {
            let plan = plan.clone();
            self.errors.push(ImportError::NoAlternatives { plan });
            return;
        }
        if needs_any_of.contains(plan) {
            let plan = plan.clone();
            self.errors.push(ImportError::SelfDependency { plan });
            return;
        }
        let Some(index) = self.plans.mention(plan) else {
            return;
        };
        let mut needs = IndexSet::default();
        for alternative in needs_any_of.iter().filter_map(|id| self.plans.mention(id)) {
            needs.insert(alternative, DEPENDENCY_ALTERNATIVES_MAX);
        }
        let dependency = DependencyDraft {
            plan: index,
            needs_any_of: needs,
        };
        if self.dependencies.contains(&dependency) {
            self.warnings
                .duplicate(ImportSubject::Dependency(plan.clone()));
        }
        self.dependencies.mention(&dependency);
    }

    /// Adds countries where a product or plan is prohibited. Plans without a description are
    /// handled as for exclusion groups.
    pub fn add_location_rule(
        &mut self,
        restricted: &RestrictedId,
        prohibited_in: impl IntoIterator<Item = UsageLocation>,
    ) {
        let index = match restricted {
            RestrictedId::Product(id) => self.products.mention(id).map(RestrictedIndex::Product),
            RestrictedId::ServicePlan(id) => {
                self.plans.mention(id).map(RestrictedIndex::ServicePlan)
            }
        };
        let Some(rule) = index.and_then(|index| self.locations.mention(&index)) else {
            return;
        };
        let known = self.locations.value_mut(rule);
        let count_before = known.len();
        let mut given = prohibited_in.into_iter().peekable();
        if given.peek().is_none() {
            let restricted = restricted.clone();
            self.errors.push(ImportError::NoLocations { restricted });
            return;
        }
        known.extend(given);
        if known.len() == count_before {
            let subject = ImportSubject::LocationRule(restricted.clone());
            self.warnings.duplicate(subject);
        }
    }

    /// Validates the import as a whole, together with the previous catalog: entries of each may
    /// refer to descriptions in the other.
    ///
    /// # Errors
    /// The errors of the import, at most [`IMPORT_ERRORS_MAX`].
    pub fn finish(
        mut self,
        previous: Option<&Catalog>,
    ) -> Result<ValidatedDraft, Vec<ImportError>> {
        let nothing = Catalog::default();
        let before = previous.unwrap_or(&nothing);
        self.validate(&ExistingKeys::of(before));
        if let Some(errors) = std::mem::take(&mut self.errors).into_found() {
            return Err(errors);
        }
        let after = self.build(before);
        let errors = validate_totals(&after);
        if errors.is_empty() {
            Ok(ValidatedDraft::new(self, before, &after))
        } else {
            Err(errors)
        }
    }

    fn description(
        &mut self,
        subject: &ImportSubject,
        display_name: &str,
        part_number: &str,
        applies_to: AppliesTo,
    ) -> Description {
        let mut text = |field, text| validated_text(text, subject, field, &mut self.errors);
        Description {
            display_name: text(ImportField::DisplayName, display_name),
            part_number: text(ImportField::PartNumber, part_number),
            applies_to: Some(applies_to),
        }
    }
}
