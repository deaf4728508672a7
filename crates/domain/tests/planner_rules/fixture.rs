//! A small fixture with names: a catalog, pools, one user, one change, and the decision.

use std::sync::Arc;

use seatkeeper_domain::{
    AppliesTo, Assignment, BatchMode, Catalog, CatalogVersion, Change, ChunkPlan, ChunkState,
    CompiledCatalog, Decision, Dependency, ExclusionGroup, ExclusionMembers, HeldLicense, Holding,
    HoldingIndex, LocationRule, MemberState, Outcome, PlanKey, PlanPolicy, PlanSet, Planner,
    PlannerOptions, Product, ProductDecision, ProductId, ProductKey, Restricted, SeatPool,
    SeatPools, ServicePlan, ServicePlanId, UsageLocation, UserFacts, UserState, Violation,
};

/// Builds a fixture step by step. Products and plans are numbered in the order of their first use.
#[derive(Clone)]
pub(crate) struct Fixture {
    catalog: Catalog,
    pools: Vec<SeatPool>,
    change: Change,
    mode: BatchMode,
    waits_for_seats: bool,
    facts: UserFacts,
    held: Vec<HeldLicense>,
}

impl Fixture {
    /// An active user in Germany who holds nothing.
    pub(crate) fn new() -> Self {
        Self {
            catalog: Catalog::default(),
            pools: vec![],
            change: Change {
                assign: vec![],
                revoke: vec![],
            },
            mode: BatchMode::PerUser,
            waits_for_seats: false,
            facts: UserFacts {
                state: UserState::Active,
                usage_location: Some(location("DE")),
            },
            held: vec![],
        }
    }

    /// Adds a product with ten free seats.
    pub(crate) fn product(mut self, name: &str, plans: &[&str]) -> Self {
        let key = ProductKey(u32::try_from(self.catalog.products.len()).unwrap());
        let service_plans = plans.iter().map(|plan| self.plan_named(plan)).collect();
        self.catalog.products.push(Product {
            key,
            id: ProductId::parse(name).unwrap(),
            display_name: name.to_owned(),
            part_number: name.to_owned(),
            service_plans,
            applies_to: AppliesTo::User,
            retired: false,
        });
        self.pools.push(SeatPool {
            product: key,
            entitled: true,
            assignable: true,
            active: 10,
            assigned: 0,
            available: 10,
        });
        self
    }

    pub(crate) fn company_product(mut self, name: &str) -> Self {
        self = self.product(name, &[]);
        self.catalog.products.last_mut().unwrap().applies_to = AppliesTo::Company;
        self
    }

    pub(crate) fn retired(mut self, product: &str) -> Self {
        let key = self.key(product);
        self.catalog.products[key.index()].retired = true;
        self
    }

    pub(crate) fn company_plan(mut self, name: &str) -> Self {
        let key = self.plan_named(name);
        self.catalog.service_plans[key.index()].applies_to = AppliesTo::Company;
        self
    }

    pub(crate) fn plans_exclude(mut self, plans: &[&str]) -> Self {
        let members = plans.iter().map(|plan| self.plan_named(plan)).collect();
        self.catalog.exclusion_groups.push(ExclusionGroup {
            display_name: "group".to_owned(),
            members: ExclusionMembers::ServicePlans(members),
        });
        self
    }

    pub(crate) fn products_exclude(mut self, products: &[&str]) -> Self {
        let members = products.iter().map(|name| self.key(name)).collect();
        self.catalog.exclusion_groups.push(ExclusionGroup {
            display_name: "group".to_owned(),
            members: ExclusionMembers::Products(members),
        });
        self
    }

    pub(crate) fn needs(mut self, plan: &str, any_of: &[&str]) -> Self {
        let plan = self.plan_named(plan);
        let needs_any_of = any_of.iter().map(|need| self.plan_named(need)).collect();
        self.catalog
            .dependencies
            .push(Dependency { plan, needs_any_of });
        self
    }

    pub(crate) fn product_prohibited(mut self, product: &str, country: &str) -> Self {
        let product = self.key(product);
        self.prohibit(Restricted::Product(product), country);
        self
    }

    pub(crate) fn plan_prohibited(mut self, plan: &str, country: &str) -> Self {
        let plan = self.plan_named(plan);
        self.prohibit(Restricted::ServicePlan(plan), country);
        self
    }

    fn prohibit(&mut self, restricted: Restricted, country: &str) {
        self.catalog.location_rules.push(LocationRule {
            restricted,
            prohibited_in: [location(country)].into(),
        });
    }

    pub(crate) fn seats(mut self, product: &str, active: i64, assigned: i64) -> Self {
        let pool = self.pool_mut(product);
        pool.active = active;
        pool.assigned = assigned;
        pool.available = active - assigned;
        self
    }

    pub(crate) fn seats_in_grace(mut self, product: &str, warning: i64) -> Self {
        self.pool_mut(product).available += warning;
        self
    }

    pub(crate) fn suspended(mut self, product: &str) -> Self {
        self.pool_mut(product).assignable = false;
        self.seats(product, 0, 0)
    }

    pub(crate) fn not_entitled(mut self, product: &str) -> Self {
        let key = self.key(product);
        *self.pool_mut(product) = SeatPool::not_entitled(key);
        self
    }

    pub(crate) fn without_pool(mut self, product: &str) -> Self {
        let key = self.key(product);
        self.pools.retain(|pool| pool.product != key);
        self
    }

    fn pool_mut(&mut self, product: &str) -> &mut SeatPool {
        let key = self.key(product);
        let mut pools = self.pools.iter_mut();
        pools.find(|pool| pool.product == key).unwrap()
    }

    /// New assignments without a seat wait for one.
    pub(crate) fn waiting_for_seats(mut self) -> Self {
        self.waits_for_seats = true;
        self
    }

    pub(crate) fn blocked(mut self) -> Self {
        self.facts.state = UserState::Blocked;
        self
    }

    pub(crate) fn located(mut self, country: Option<&str>) -> Self {
        self.facts.usage_location = country.map(location);
        self
    }

    pub(crate) fn holds(mut self, product: &str, off: &[&str]) -> Self {
        let product = self.key(product);
        let disabled_plans = self.plans(off);
        self.held.push(HeldLicense {
            product,
            disabled_plans,
        });
        self.held.sort();
        self
    }

    /// The user holds a license of a product that the catalog does not have.
    pub(crate) fn holds_unknown_product(mut self) -> Self {
        self.held.push(HeldLicense {
            product: ProductKey(99),
            disabled_plans: PlanSet::new(),
        });
        self
    }

    pub(crate) fn assign(self, product: &str, off: &[&str]) -> Self {
        self.assign_with(product, off, PlanPolicy::Replace)
    }

    pub(crate) fn assign_keeping(self, product: &str, off: &[&str]) -> Self {
        self.assign_with(product, off, PlanPolicy::Keep)
    }

    fn assign_with(mut self, product: &str, off: &[&str], plan_policy: PlanPolicy) -> Self {
        let assignment = Assignment {
            product: self.key(product),
            disabled_plans: self.plans(off),
            plan_policy,
        };
        self.change.assign.push(assignment);
        self
    }

    pub(crate) fn revoke(mut self, product: &str) -> Self {
        let product = self.key(product);
        self.change.revoke.push(product);
        self
    }

    pub(crate) fn per_license(mut self) -> Self {
        self.mode = BatchMode::PerLicense;
        self
    }

    pub(crate) fn key(&self, product: &str) -> ProductKey {
        let mut products = self.catalog.products.iter();
        products
            .find(|known| known.id.as_str() == product)
            .unwrap()
            .key
    }

    pub(crate) fn plan_key(&self, plan: &str) -> PlanKey {
        let mut plans = self.catalog.service_plans.iter();
        plans.find(|known| known.id.as_str() == plan).unwrap().key
    }

    pub(crate) fn plans(&self, names: &[&str]) -> PlanSet {
        names.iter().map(|name| self.plan_key(name)).collect()
    }

    fn plan_named(&mut self, name: &str) -> PlanKey {
        let plans = &mut self.catalog.service_plans;
        let id = ServicePlanId::parse(name).unwrap();
        if let Some(plan) = plans.iter().find(|plan| plan.id == id) {
            return plan.key;
        }
        let key = PlanKey(u32::try_from(plans.len()).unwrap());
        plans.push(ServicePlan {
            key,
            id,
            part_number: name.to_owned(),
            display_name: name.to_owned(),
            applies_to: AppliesTo::User,
        });
        key
    }

    pub(crate) fn planner(&self) -> Planner {
        Planner::new(
            Arc::new(CompiledCatalog::new(
                CatalogVersion(1),
                self.catalog.clone(),
            )),
            self.change.clone(),
            PlannerOptions {
                mode: self.mode,
                report_licenses: true,
                waits_for_seats: self.waits_for_seats,
            },
        )
    }

    pub(crate) fn pools(&self) -> SeatPools {
        SeatPools::new(self.pools.clone())
    }

    pub(crate) fn unlimited_pools(&self) -> SeatPools {
        SeatPools::unlimited(self.pools.clone())
    }

    pub(crate) fn buying_pools(&self) -> SeatPools {
        SeatPools::buying(self.pools.iter().map(|&pool| (pool, true)).collect())
    }

    /// A chunk of `count` users like this one.
    pub(crate) fn users(&self, count: usize) -> ChunkState {
        ChunkState {
            members: vec![
                MemberState::Found {
                    facts: self.facts,
                    holding: HoldingIndex(0),
                };
                count
            ],
            holdings: vec![Holding {
                licenses: self.held.clone(),
            }],
        }
    }

    /// Decides the change for the user.
    pub(crate) fn decide(self) -> Decided {
        let plan = self.planner().plan(&self.users(1), &mut self.pools());
        let decision = decisions(&plan)[0].clone();
        Decided {
            fixture: self,
            decision,
        }
    }
}

fn location(country: &str) -> UsageLocation {
    UsageLocation::parse(country).unwrap()
}

/// The decision of each member, in order.
pub(crate) fn decisions(plan: &ChunkPlan) -> Vec<&Decision> {
    plan.members
        .iter()
        .map(|&index| &plan.decisions[index as usize])
        .collect()
}

/// The outcome of the first product of each member, in order.
pub(crate) fn outcomes(plan: &ChunkPlan) -> Vec<Outcome> {
    decisions(plan)
        .iter()
        .map(|decision| decision.products[0].outcome)
        .collect()
}

/// A decision with lookups by name.
pub(crate) struct Decided {
    pub(crate) fixture: Fixture,
    pub(crate) decision: Decision,
}

impl Decided {
    pub(crate) fn product(&self, name: &str) -> &ProductDecision {
        let key = self.fixture.key(name);
        let mut products = self.decision.products.iter();
        products.find(|product| product.product == key).unwrap()
    }

    pub(crate) fn outcome(&self, product: &str) -> Outcome {
        self.product(product).outcome
    }

    pub(crate) fn violations(&self, product: &str) -> &[Violation] {
        &self.product(product).violations
    }

    /// The names of the products held after the change.
    pub(crate) fn held(&self) -> Vec<&str> {
        let held = self.decision.held_after.as_ref().unwrap();
        held.iter()
            .map(|license| {
                let mut products = self.fixture.catalog.products.iter();
                products
                    .find(|product| product.key == license.product)
                    .map_or("unknown", |product| product.display_name.as_str())
            })
            .collect()
    }

    pub(crate) fn location_violation(&self, country: &str, plan: Option<&str>) -> Violation {
        Violation::ProhibitedInUsageLocation {
            location: location(country),
            plan: plan.map(|plan| self.fixture.plan_key(plan)),
        }
    }

    pub(crate) fn plan_clash(&self, plan: &str, product: &str, other: &str) -> Violation {
        Violation::MutuallyExclusive {
            group: 0,
            plan: Some(self.fixture.plan_key(plan)),
            other_product: self.fixture.key(product),
            other_plan: Some(self.fixture.plan_key(other)),
        }
    }

    pub(crate) fn product_clash(&self, product: &str) -> Violation {
        Violation::MutuallyExclusive {
            group: 0,
            plan: None,
            other_product: self.fixture.key(product),
            other_plan: None,
        }
    }

    pub(crate) fn missing(&self, product: &str, plan: &str) -> Violation {
        Violation::DependencyMissing {
            dependent_product: self.fixture.key(product),
            plan: self.fixture.plan_key(plan),
        }
    }

    pub(crate) fn other_failed(&self, product: &str) -> Violation {
        Violation::OtherChangeFailed {
            product: self.fixture.key(product),
        }
    }
}
