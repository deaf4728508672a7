use std::collections::HashSet;
use std::hash::Hash;

use super::description::Description;
use super::existing_keys::ExistingKeys;
use super::rules::RestrictedIndex;
use super::{CatalogDraft, CatalogImportMode, ProductDraft};
use crate::{
    AppliesTo, Catalog, Dependency, ExclusionGroup, ExclusionMembers, LocationRule, PlanKey,
    Product, ProductKey, Restricted, ServicePlan,
};

/// Keys of the products and plans of an import, by index.
pub(super) struct Keys {
    pub(super) products: Vec<ProductKey>,
    pub(super) plans: Vec<PlanKey>,
}

impl CatalogDraft {
    pub(super) fn keys(&self, existing: &ExistingKeys<'_>) -> Keys {
        Keys {
            products: existing.product_keys(self.products.entries().iter().map(|(id, _)| id)),
            plans: existing.plan_keys(self.plans.entries().iter().map(|(id, _)| id)),
        }
    }

    /// Builds the catalog that results from a validated import.
    pub(super) fn build(&self, before: &Catalog) -> Catalog {
        let keys = self.keys(&ExistingKeys::of(before));
        Catalog {
            products: self.products_after(before, &keys),
            service_plans: self.plans_after(before, &keys),
            exclusion_groups: self.groups_after(before, &keys),
            dependencies: self.dependencies_after(before, &keys),
            location_rules: self.locations_after(before, &keys),
        }
    }

    fn products_after(&self, before: &Catalog, keys: &Keys) -> Vec<Product> {
        let mut products = before.products.clone();
        if self.mode == CatalogImportMode::Replace {
            for product in &mut products {
                product.retired = true;
            }
        }
        for ((id, draft), &key) in self.products.entries().iter().zip(&keys.products) {
            if !draft.is_given() {
                continue;
            }
            let found = products.binary_search_by_key(&key, |product| product.key);
            let known = found.ok().map(|index| &products[index]);
            let texts = Texts::of(
                &draft.description,
                known.map(|known| (&*known.display_name, &*known.part_number)),
                id.as_str(),
            );
            let product = Product {
                key,
                id: id.clone(),
                display_name: texts.display_name,
                part_number: texts.part_number,
                service_plans: ascending(draft.plans.iter().map(|index| keys.plans[index])),
                applies_to: applies_to(&draft.description, known.map(|known| known.applies_to)),
                retired: false,
            };
            put(&mut products, found, product);
        }
        products
    }

    fn plans_after(&self, before: &Catalog, keys: &Keys) -> Vec<ServicePlan> {
        let mut plans = before.service_plans.clone();
        for ((id, description), &key) in self.plans.entries().iter().zip(&keys.plans) {
            let found = plans.binary_search_by_key(&key, |plan| plan.key);
            let known = found.ok().map(|index| &plans[index]);
            let texts = Texts::of(
                description,
                known.map(|known| (&*known.display_name, &*known.part_number)),
                id.as_str(),
            );
            let plan = ServicePlan {
                key,
                id: id.clone(),
                part_number: texts.part_number,
                display_name: texts.display_name,
                applies_to: applies_to(description, known.map(|known| known.applies_to)),
            };
            put(&mut plans, found, plan);
        }
        plans
    }

    fn groups_after(&self, before: &Catalog, keys: &Keys) -> Vec<ExclusionGroup> {
        let groups = self.groups.entries().iter().map(|(name, group)| {
            let members = if group.products.is_empty() {
                let plans = group.plans.iter().map(|index| keys.plans[index]);
                ExclusionMembers::ServicePlans(ascending(plans))
            } else {
                let products = group.products.iter().map(|index| keys.products[index]);
                ExclusionMembers::Products(ascending(products))
            };
            ExclusionGroup {
                display_name: name.clone(),
                members,
            }
        });
        self.rules_after(&before.exclusion_groups, groups.collect(), |group| {
            group.display_name.clone()
        })
    }

    fn dependencies_after(&self, before: &Catalog, keys: &Keys) -> Vec<Dependency> {
        let dependencies = self.dependencies.entries().iter().map(|(dependency, ())| {
            let needs = dependency.needs_any_of.iter();
            Dependency {
                plan: keys.plans[dependency.plan],
                needs_any_of: ascending(needs.map(|index| keys.plans[index])),
            }
        });
        self.rules_after(&before.dependencies, dependencies.collect(), |dependency| {
            dependency.plan
        })
    }

    fn locations_after(&self, before: &Catalog, keys: &Keys) -> Vec<LocationRule> {
        let rules = self.locations.entries().iter().map(|(index, prohibited)| {
            let restricted = match *index {
                RestrictedIndex::Product(index) => Restricted::Product(keys.products[index]),
                RestrictedIndex::ServicePlan(index) => Restricted::ServicePlan(keys.plans[index]),
            };
            LocationRule {
                restricted,
                prohibited_in: prohibited.clone(),
            }
        });
        self.rules_after(&before.location_rules, rules.collect(), |rule| {
            rule.restricted
        })
    }

    /// The remaining rules, then the rules of the import. A rule replaces earlier rules with the
    /// same `what`.
    fn rules_after<R: Clone, K: Eq + Hash>(
        &self,
        before: &[R],
        given: Vec<R>,
        what: impl Fn(&R) -> K,
    ) -> Vec<R> {
        if self.mode == CatalogImportMode::Replace {
            return given;
        }
        let replaced: HashSet<K> = given.iter().map(&what).collect();
        let staying = before.iter().filter(|rule| !replaced.contains(&what(rule)));
        staying.cloned().chain(given).collect()
    }
}

impl ProductDraft {
    /// Whether the import describes the product, instead of only using it in a rule.
    fn is_given(&self) -> bool {
        self.description.is_given() || !self.plans.is_empty()
    }
}

/// The names of a product or plan, with defaults for missing ones.
struct Texts {
    display_name: String,
    part_number: String,
}

impl Texts {
    fn of(description: &Description, known: Option<(&str, &str)>, id: &str) -> Self {
        let (known_display_name, known_part_number) = known.unwrap_or_default();
        let part_number = first_filled([&description.part_number, known_part_number]);
        let display_name = first_filled([
            &description.display_name,
            known_display_name,
            part_number,
            id,
        ]);
        Self {
            display_name: display_name.to_owned(),
            part_number: part_number.to_owned(),
        }
    }
}

fn first_filled<const N: usize>(texts: [&str; N]) -> &str {
    texts
        .into_iter()
        .find(|text| !text.is_empty())
        .unwrap_or_default()
}

fn applies_to(description: &Description, known: Option<AppliesTo>) -> AppliesTo {
    description.applies_to.or(known).unwrap_or(AppliesTo::User)
}

fn ascending<K: Ord>(keys: impl Iterator<Item = K>) -> Vec<K> {
    let mut keys: Vec<K> = keys.collect();
    keys.sort_unstable();
    keys
}

/// Replaces the item at the index found, or inserts it at the position returned by the search.
fn put<T>(items: &mut Vec<T>, found: Result<usize, usize>, item: T) {
    match found {
        Ok(index) => items[index] = item,
        Err(index) => items.insert(index, item),
    }
}
