use seatkeeper_domain::{CompiledCatalog, PlanKey, ProductKey, UsageLocation, Violation};
use seatkeeper_proto::v1;

use super::service_plan::anywhere;
use super::{names, policy, product};

/// Encodes violations of one product with the catalog version that they were found by.
pub(crate) struct ViolationEncoder<'a> {
    pub(crate) catalog: &'a CompiledCatalog,
    /// The product that failed.
    pub(crate) failed: ProductKey,
}

impl ViolationEncoder<'_> {
    pub(crate) fn encode(&self, violation: &Violation) -> v1::Violation {
        let mut encoded = v1::Violation {
            r#type: policy::violation_type_to_proto(violation.violation_type()).into(),
            description: self.description(violation),
            ..v1::Violation::default()
        };
        match *violation {
            Violation::ProhibitedInUsageLocation { location, plan } => {
                encoded.usage_location = location.to_string();
                encoded.service_plan = self.optional_plan(self.failed, plan);
            }
            Violation::MutuallyExclusive {
                group,
                plan,
                other_product,
                other_plan,
            } => {
                self.group(group).clone_into(&mut encoded.exclusion_group);
                encoded.service_plan = self.optional_plan(self.failed, plan);
                encoded.conflicting_product = product::name_of(self.catalog, other_product);
                encoded.conflicting_service_plan = self.optional_plan(other_product, other_plan);
            }
            Violation::DependencyMissing {
                dependent_product,
                plan,
            } => {
                if dependent_product != self.failed {
                    encoded.product = product::name_of(self.catalog, dependent_product);
                }
                encoded.service_plan = self.optional_plan(dependent_product, Some(plan));
                encoded.needed_service_plans =
                    anywhere(self.catalog, self.catalog.needs_of(plan).iter().copied());
            }
            Violation::SeatsExhausted { available } => encoded.available_count = Some(available),
            Violation::OtherChangeFailed { product } => {
                encoded.failed_product = product::name_of(self.catalog, product);
            }
            Violation::UserNotFound
            | Violation::UserBlocked
            | Violation::NotEntitled
            | Violation::EntitlementSuspended
            | Violation::NotAssignableToUser
            | Violation::UsageLocationMissing
            | Violation::OtherUserFailed
            | Violation::Cancelled
            | Violation::ChangedSince
            | Violation::ProductRetired => {}
        }
        encoded
    }

    fn description(&self, violation: &Violation) -> String {
        let failed = self.product(self.failed);
        match *violation {
            Violation::UserNotFound => "the directory has no such user".to_owned(),
            Violation::UserBlocked => {
                "the user is blocked: licenses can be revoked, not assigned".to_owned()
            }
            Violation::NotEntitled => format!("the customer has no entitlement to {failed}"),
            Violation::EntitlementSuspended => {
                format!("none of the customer's seats of {failed} can be assigned now")
            }
            Violation::NotAssignableToUser => {
                format!("{failed} belongs to the whole company and can't be assigned to a user")
            }
            Violation::UsageLocationMissing => {
                "the user has no usage location; set one first".to_owned()
            }
            Violation::ProhibitedInUsageLocation { location, plan } => {
                self.prohibited(&failed, location, plan)
            }
            Violation::MutuallyExclusive {
                group,
                plan,
                other_product,
                other_plan,
            } => self.exclusive(&failed, group, plan, other_product, other_plan),
            Violation::DependencyMissing {
                dependent_product,
                plan,
            } => self.dependency(dependent_product, plan),
            Violation::SeatsExhausted { available } => {
                format!("no seat of {failed} is left: {available} available")
            }
            Violation::OtherChangeFailed { product } => {
                format!(
                    "{failed} itself was fine, but {} failed",
                    self.product(product)
                )
            }
            Violation::OtherUserFailed => {
                "the user was fine, but another user of the batch failed".to_owned()
            }
            Violation::Cancelled => "the batch was cancelled before this user".to_owned(),
            Violation::ChangedSince => {
                format!("the license of {failed} has changed since then, and was left as it is")
            }
            Violation::ProductRetired => {
                format!("{failed} is no longer in the catalog and can't be assigned again")
            }
        }
    }

    fn prohibited(&self, failed: &str, location: UsageLocation, plan: Option<PlanKey>) -> String {
        match plan {
            None => format!("{failed} is not available in {location}"),
            Some(plan) => format!(
                "{} of {failed} is not available in {location}; switch the plan off",
                self.plan(plan)
            ),
        }
    }

    fn exclusive(
        &self,
        failed: &str,
        group: usize,
        plan: Option<PlanKey>,
        other_product: ProductKey,
        other_plan: Option<PlanKey>,
    ) -> String {
        let group = self.group(group);
        let other = self.product(other_product);
        match (plan, other_plan) {
            (Some(plan), Some(other_plan)) => format!(
                "{} of {failed} and {} of {other} exclude one another ({group})",
                self.plan(plan),
                self.plan(other_plan)
            ),
            _ => format!("{failed} and {other} exclude one another ({group})"),
        }
    }

    fn dependency(&self, dependent_product: ProductKey, plan: PlanKey) -> String {
        let needed: Vec<String> = self
            .catalog
            .needs_of(plan)
            .iter()
            .map(|&needed| self.plan(needed))
            .collect();
        format!(
            "{} of {} needs one of {}, and the user would have none enabled",
            self.plan(plan),
            self.product(dependent_product),
            needed.join(", ")
        )
    }

    fn optional_plan(&self, product: ProductKey, plan: Option<PlanKey>) -> String {
        let Some(plan) = plan.and_then(|plan| self.catalog.plan(plan)) else {
            return String::new();
        };
        names::service_plan(&product::known(self.catalog, product).id, &plan.id)
    }

    fn group(&self, group: usize) -> &str {
        self.catalog
            .exclusion_group(group)
            .map_or("", |group| group.display_name.as_str())
    }

    /// A product for people to read: its name and identifier.
    fn product(&self, key: ProductKey) -> String {
        let product = product::known(self.catalog, key);
        readable(&product.display_name, product.id.as_str())
    }

    fn plan(&self, key: PlanKey) -> String {
        match self.catalog.plan(key) {
            Some(plan) => readable(&plan.display_name, plan.id.as_str()),
            None => "a plan that the catalog no longer has".to_owned(),
        }
    }
}

fn readable(display_name: &str, id: &str) -> String {
    if display_name.is_empty() {
        id.to_owned()
    } else {
        format!("{display_name} ({id})")
    }
}
