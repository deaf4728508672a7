use std::collections::{BTreeSet, HashMap};

use crate::{LocationRule, PlanSet, ProductKey, Restricted, UsageLocation};

/// What may not be used where.
#[derive(Debug)]
pub(crate) struct Locations {
    by_location: HashMap<UsageLocation, Prohibited>,
}

/// What may not be used in one location.
#[derive(Debug, Default)]
pub(crate) struct Prohibited {
    /// Plans, wherever they are bundled.
    pub(crate) plans: PlanSet,
    /// Products as a whole.
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

    /// What is prohibited in a location, or `None` when nothing is.
    pub(crate) fn prohibited_in(&self, location: UsageLocation) -> Option<&Prohibited> {
        self.by_location.get(&location)
    }
}
