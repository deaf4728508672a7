use std::sync::Arc;

use seatkeeper_domain::{
    Assignment, BatchMode, Change, ChunkState, CompiledCatalog, CustomerId, Entitlement, Outcome,
    PlanKey, PlanPolicy, PlanSet, Planner, PlannerOptions, Product, ProductDecision, ProductId,
    ProductKey, RelevantProducts, Timestamp, UserId, Violation, Warning,
};
use seatkeeper_store::{Selected, SelectedUser};

use super::products::ProductPage;
use crate::change::seat_pools;
use crate::{Engine, EngineResult, Invalid, InvalidKind};

/// A question for which products a user could be assigned.
#[derive(Debug, Clone)]
pub struct CheckProductEligibility {
    /// Of which customer.
    pub customer: CustomerId,
    /// Who.
    pub user: UserId,
    /// The products.
    pub page: ProductPage,
}

/// Which products of a page a user could be assigned.
#[derive(Debug, Clone)]
pub struct Eligibilities {
    /// One for each product.
    pub eligibilities: Vec<Eligibility>,
    /// Where the next page starts; `None` on the last.
    pub next: Option<ProductId>,
    /// The catalog that was asked.
    pub catalog: Arc<CompiledCatalog>,
}

/// Whether a user could be assigned one product, with all its plans on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eligibility {
    /// The product.
    pub product: ProductKey,
    /// Whether the user holds it already.
    pub held: bool,
    /// Why it could not be assigned: what a dry run of that alone says. Empty when it is held.
    pub violations: Vec<Violation>,
    /// What the caller may want to know of an assignment.
    pub warnings: Vec<Warning>,
    /// Plans without which it could be assigned when with all of them it could not.
    pub plans_to_disable: Vec<PlanKey>,
}

impl Engine {
    /// Tells which products a user could be assigned, each by itself, and if not, why not.
    /// Nothing is written. Products that are retired can't be assigned to anybody: among those the
    /// customer is entitled to they are told only where the user holds them.
    pub async fn check_product_eligibility(
        &self,
        check: CheckProductEligibility,
    ) -> EngineResult<Eligibilities> {
        let customer = self.find_customer(&check.customer).await?.key;
        let user = self.user(&check.customer, &check.user).await?;
        let catalog = self.catalog().await?;
        let store = &self.core.store;
        let selected = [Selected {
            user: SelectedUser::Known(user.key),
            request_index: None,
        }];
        let state = store
            .load_chunk(customer, &selected, &RelevantProducts::All)
            .await?
            .state;
        let entitlements = store.entitlements(customer, None).await?;
        let check_of = Check {
            catalog: &catalog,
            state: &state,
            entitlements: &entitlements,
            now: self.core.clock.now(),
        };
        let paged = check.page.cut(&catalog, &entitlements, |product| {
            !product.retired || check_of.is_held(product.key)
        })?;
        let eligibilities = paged.products.iter();
        Ok(Eligibilities {
            eligibilities: eligibilities
                .map(|product| check_of.eligibility(product))
                .collect::<EngineResult<_>>()?,
            next: paged.next(),
            catalog: Arc::clone(&catalog),
        })
    }
}

/// What a user's eligibility is decided by.
struct Check<'a> {
    catalog: &'a Arc<CompiledCatalog>,
    /// The user alone.
    state: &'a ChunkState,
    entitlements: &'a [Entitlement],
    now: Timestamp,
}

impl Check<'_> {
    fn is_held(&self, product: ProductKey) -> bool {
        let mut held = self.state.holdings.iter().flat_map(|held| &held.licenses);
        held.any(|license| license.product == product)
    }

    fn eligibility(&self, product: &Product) -> EngineResult<Eligibility> {
        if self.is_held(product.key) {
            return Ok(Eligibility {
                product: product.key,
                held: true,
                violations: Vec::new(),
                warnings: Vec::new(),
                plans_to_disable: Vec::new(),
            });
        }
        if product.retired {
            return Err(Invalid::one(
                InvalidKind::RetiredProduct(product.id.clone()),
                "products",
                format!(
                    "product {} is retired: it can be revoked, not assigned",
                    product.id
                ),
            ));
        }
        let decided = self.decide(product.key, PlanSet::new());
        let plans_to_disable = if decided.outcome == Outcome::Failed {
            self.plans_to_disable(product.key, &decided.violations)
        } else {
            Vec::new()
        };
        Ok(Eligibility {
            product: product.key,
            held: false,
            violations: decided.violations,
            warnings: decided.warnings,
            plans_to_disable,
        })
    }

    /// What a dry run would decide of assigning the product alone with these plans off.
    fn decide(&self, product: ProductKey, disabled_plans: PlanSet) -> ProductDecision {
        let change = Change {
            assign: vec![Assignment {
                product,
                disabled_plans,
                plan_policy: PlanPolicy::Replace,
            }],
            revoke: Vec::new(),
        };
        let mut pools = seat_pools(&[product], self.entitlements, &[], self.now);
        let options = PlannerOptions {
            mode: BatchMode::PerUser,
            report_licenses: false,
            waits_for_seats: false,
        };
        let mut planner = Planner::new(Arc::clone(self.catalog), change, options);
        let mut plan = planner.plan(self.state, &mut pools);
        plan.decisions
            .pop()
            .and_then(|mut decision| decision.products.pop())
            .expect("one user and one product make one decision")
    }

    /// Switches plans off, one that is in the way after another, until the product could be
    /// assigned; empty when that never comes, or only with every plan off.
    fn plans_to_disable(&self, product: ProductKey, violations: &[Violation]) -> Vec<PlanKey> {
        let plans = self.catalog.user_plans(product);
        let mut disabled = PlanSet::new();
        let mut next = in_the_way(product, violations);
        while let Some(plan) = next.filter(|plan| plans.contains(*plan)) {
            disabled.insert(plan);
            if disabled.len() == plans.len() {
                return Vec::new();
            }
            let decided = self.decide(product, disabled.clone());
            if decided.outcome != Outcome::Failed {
                return disabled.iter().collect();
            }
            let on = |plan: &PlanKey| !disabled.contains(*plan);
            next = in_the_way(product, &decided.violations).filter(on);
        }
        Vec::new()
    }
}

/// A plan of `product` without which one violation less would be there, if every violation is one
/// of those that plans make.
fn in_the_way(product: ProductKey, violations: &[Violation]) -> Option<PlanKey> {
    let plans = violations.iter().map(|violation| match *violation {
        Violation::ProhibitedInUsageLocation { plan, .. }
        | Violation::MutuallyExclusive { plan, .. } => plan,
        Violation::DependencyMissing {
            dependent_product,
            plan,
        } => (dependent_product == product).then_some(plan),
        Violation::UserNotFound
        | Violation::UserBlocked
        | Violation::NotEntitled
        | Violation::EntitlementSuspended
        | Violation::NotAssignableToUser
        | Violation::UsageLocationMissing
        | Violation::SeatsExhausted { .. }
        | Violation::OtherChangeFailed { .. }
        | Violation::OtherUserFailed
        | Violation::Cancelled
        | Violation::ChangedSince
        | Violation::ProductRetired => None,
    });
    let plans: Option<Vec<PlanKey>> = plans.collect();
    plans?.first().copied()
}
