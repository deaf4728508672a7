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

/// A request for the products that a user could be assigned.
#[derive(Debug, Clone)]
pub struct CheckProductEligibility {
    /// The customer.
    pub customer: CustomerId,
    /// The user.
    pub user: UserId,
    /// The products.
    pub page: ProductPage,
}

/// The eligibility of a user for each product of a page.
#[derive(Debug, Clone)]
pub struct Eligibilities {
    /// One entry for each product.
    pub eligibilities: Vec<Eligibility>,
    /// The `after` of the next page; `None` on the last page.
    pub next: Option<ProductId>,
    /// The catalog that decided.
    pub catalog: Arc<CompiledCatalog>,
}

/// Whether a user could be assigned one product with all its plans enabled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eligibility {
    /// The product.
    pub product: ProductKey,
    /// Whether the user already holds it.
    pub held: bool,
    /// The reasons why it could not be assigned, as in a dry run of this assignment alone. Empty if
    /// it is held.
    pub violations: Vec<Violation>,
    /// The warnings of such an assignment.
    pub warnings: Vec<Warning>,
    /// Plans that must be disabled for the product to be assignable. Empty if it is assignable with
    /// all plans, or not assignable at all.
    pub plans_to_disable: Vec<PlanKey>,
}

impl Engine {
    /// Returns for each product whether the user could be assigned it alone, and the reasons if
    /// not. Nothing is written. A retired product can't be assigned. Among the products that the
    /// customer is entitled to, a retired one is listed only if the user holds it.
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

/// The state that decides a user's eligibility.
struct Check<'a> {
    catalog: &'a Arc<CompiledCatalog>,
    /// The state of this user only.
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

    /// The decision of a dry run that assigns only the product, with these plans disabled.
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
            .expect("the plan has one decision for one user and one product")
    }

    /// Disables one conflicting plan after another until the product could be assigned. Returns an
    /// empty list if that never happens, or only with all plans disabled.
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

/// A plan of `product` that causes a violation, if plans cause every violation.
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
