use std::hash::Hash;

use super::error::ImportError;
use super::existing_keys::ExistingKeys;
use super::registry::{IndexSet, Registry};
use super::rules::RestrictedIndex;
use super::subject::{ImportSubject, RestrictedId};
use super::{
    CATALOG_PRODUCTS_MAX, CATALOG_SERVICE_PLANS_MAX, CatalogDraft, CatalogImportMode,
    DEPENDENCIES_MAX, DEPENDENCY_ALTERNATIVES_MAX, EXCLUSION_GROUPS_MAX, EXCLUSION_MEMBERS_MAX,
    LOCATION_RULES_MAX, PRODUCT_SERVICE_PLANS_MAX,
};
use crate::Catalog;

impl CatalogDraft {
    /// Collects the errors of the import as a whole.
    pub(super) fn validate(&mut self, existing: &ExistingKeys<'_>) {
        self.validate_not_empty(existing);
        self.validate_room();
        self.validate_bundles(existing);
        self.validate_groups(existing);
        self.validate_dependencies();
        self.validate_locations(existing);
    }

    fn validate_not_empty(&mut self, existing: &ExistingKeys<'_>) {
        let names_product = !self.products.entries().is_empty();
        let names_anything = names_product || !self.plans.entries().is_empty();
        let is_empty = match self.mode {
            CatalogImportMode::Replace => !names_product,
            CatalogImportMode::Merge => {
                !names_anything || (existing.products.is_empty() && !names_product)
            }
        };
        if is_empty {
            self.errors.push(ImportError::Empty);
        }
    }

    /// Reports rows that were rejected during collection; [`validate_totals`] checks the other
    /// limits.
    fn validate_room(&mut self) {
        let refused = Totals {
            products: refused_total(&self.products),
            service_plans: refused_total(&self.plans),
            exclusion_groups: refused_total(&self.groups),
            dependencies: refused_total(&self.dependencies),
            location_rules: refused_total(&self.locations),
        };
        for error in refused.errors() {
            self.errors.push(error);
        }
    }

    fn validate_bundles(&mut self, existing: &ExistingKeys<'_>) {
        for (id, product) in self.products.entries() {
            let subject = || ImportSubject::Product(id.clone());
            let is_known = product.description.is_given() || existing.products.contains_key(id);
            if !is_known && !product.plans.is_empty() {
                self.errors.push(ImportError::UnknownProduct {
                    product: id.clone(),
                    named_by: subject(),
                });
            }
            for index in product.plans.iter() {
                let (plan, description) = &self.plans.entries()[index];
                if !description.is_given() && !existing.plans.contains_key(plan) {
                    self.errors.push(ImportError::UnknownServicePlan {
                        plan: plan.clone(),
                        named_by: subject(),
                    });
                }
            }
            if let Some(error) = too_many_of(
                subject,
                "service plans",
                &product.plans,
                PRODUCT_SERVICE_PLANS_MAX,
            ) {
                self.errors.push(error);
            }
        }
    }

    fn validate_groups(&mut self, existing: &ExistingKeys<'_>) {
        for (name, group) in self.groups.entries() {
            let subject = || ImportSubject::ExclusionGroup(name.clone());
            let given = group.plans.given() + group.products.given();
            if given < 2 {
                self.errors.push(ImportError::TooFewMembers {
                    name: name.clone(),
                    given,
                });
            }
            if !group.plans.is_empty() && !group.products.is_empty() {
                let name = name.clone();
                self.errors.push(ImportError::MixedMembers { name });
            }
            for members in [&group.plans, &group.products] {
                if let Some(error) = too_many_of(subject, "members", members, EXCLUSION_MEMBERS_MAX)
                {
                    self.errors.push(error);
                }
            }
            for index in group.products.iter() {
                if let Some(error) = self.unknown_product(index, existing, subject) {
                    self.errors.push(error);
                }
            }
        }
    }

    fn validate_dependencies(&mut self) {
        for (dependency, ()) in self.dependencies.entries() {
            let plan = self.plans.key(dependency.plan);
            if let Some(error) = too_many_of(
                || ImportSubject::Dependency(plan.clone()),
                "alternatives",
                &dependency.needs_any_of,
                DEPENDENCY_ALTERNATIVES_MAX,
            ) {
                self.errors.push(error);
            }
        }
    }

    fn validate_locations(&mut self, existing: &ExistingKeys<'_>) {
        for &(restricted, _) in self.locations.entries() {
            let RestrictedIndex::Product(index) = restricted else {
                continue;
            };
            let id = self.products.key(index);
            let subject = || ImportSubject::LocationRule(RestrictedId::Product(id.clone()));
            if let Some(error) = self.unknown_product(index, existing, subject) {
                self.errors.push(error);
            }
        }
    }

    fn unknown_product(
        &self,
        index: usize,
        existing: &ExistingKeys<'_>,
        named_by: impl Fn() -> ImportSubject,
    ) -> Option<ImportError> {
        let (id, product) = &self.products.entries()[index];
        let is_known = product.description.is_given() || existing.products.contains_key(id);
        (!is_known).then(|| ImportError::UnknownProduct {
            product: id.clone(),
            named_by: named_by(),
        })
    }
}

/// Errors in the size of the catalog after an import, including its previous entries.
pub(super) fn validate_totals(catalog: &Catalog) -> Vec<ImportError> {
    Totals {
        products: catalog.products.len(),
        service_plans: catalog.service_plans.len(),
        exclusion_groups: catalog.exclusion_groups.len(),
        dependencies: catalog.dependencies.len(),
        location_rules: catalog.location_rules.len(),
    }
    .errors()
}

struct Totals {
    products: usize,
    service_plans: usize,
    exclusion_groups: usize,
    dependencies: usize,
    location_rules: usize,
}

impl Totals {
    fn errors(&self) -> Vec<ImportError> {
        [
            ("products", self.products, CATALOG_PRODUCTS_MAX),
            (
                "service plans",
                self.service_plans,
                CATALOG_SERVICE_PLANS_MAX,
            ),
            (
                "exclusion groups",
                self.exclusion_groups,
                EXCLUSION_GROUPS_MAX,
            ),
            ("dependencies", self.dependencies, DEPENDENCIES_MAX),
            ("location rules", self.location_rules, LOCATION_RULES_MAX),
        ]
        .into_iter()
        .filter(|&(_, given, max)| given > max)
        .map(|(what, given, max)| ImportError::TooMany { what, given, max })
        .collect()
    }
}

/// The number of keys given if any key was rejected, else zero.
fn refused_total<K: Clone + Eq + Hash, V: Default>(registry: &Registry<K, V>) -> usize {
    match registry.refused() {
        0 => 0,
        refused => registry.entries().len() + refused,
    }
}

fn too_many_of(
    subject: impl Fn() -> ImportSubject,
    what: &'static str,
    indexes: &IndexSet,
    max: usize,
) -> Option<ImportError> {
    let given = indexes.given();
    (given > max).then(|| ImportError::TooManyOf {
        subject: subject(),
        what,
        given,
        max,
    })
}
