use std::collections::{BTreeSet, HashMap};

use crate::{LocationRule, PlanSet, ProductKey, Restricted, UsageLocation};

/// Prohibited products and plans, by location.
#[derive(Debug)]
pub(crate) struct Locations {
    by_location: HashMap<UsageLocation, Prohibited>,
}

/// The products and plans that are prohibited in one location.
#[derive(Debug, Default)]
pub(crate) struct Prohibited {
    /// Prohibited plans of all products that bundle them.
    pub(crate) plans: PlanSet,
    /// Products that are prohibited as a whole.
    pub(crate) products: BTreeSet<ProductKey>,
}

impl Locations {
    pub(super) fn new(rules: &[LocationRule]) -> Self {
        let mut by_location = HashMap::<_, Prohibited>::new();
        for rule in rules {
            for &location in &rule.prohibited_in {
                let prohibited = by_location.entry(location).or_default();
                match rule.restricted {
                    Restricted::Product(product) => {
                        prohibited.products.insert(product);
                    }
                    Restricted::ServicePlan(plan) => prohibited.plans.insert(plan),
                }
            }
        }
        Self { by_location }
    }

    /// The products and plans prohibited in a location, or `None` if there are none.
    pub(crate) fn prohibited_in(&self, location: UsageLocation) -> Option<&Prohibited> {
        self.by_location.get(&location)
    }
}
