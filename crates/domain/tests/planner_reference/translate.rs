//! Converts plain fixtures to domain types.

use std::collections::BTreeMap;
use std::sync::Arc;

use seatkeeper_domain::{
    AppliesTo, Assignment, Catalog, CatalogVersion, Change, ChunkState, CompiledCatalog,
    Dependency, ExclusionGroup, ExclusionMembers, HeldLicense, Holding, HoldingIndex, LocationRule,
    MemberState, PlanKey, PlanPolicy, PlanSet, Planner, PlannerOptions, Product, ProductId,
    ProductKey, Restricted, SeatPool, ServicePlan, ServicePlanId, UsageLocation, UserFacts,
    UserState,
};

use crate::fixture::{
    Fixture, PlainCatalog, PlainChange, PlainGroup, PlainPool, PlainProduct, PlainUser, Plans,
};

pub(crate) fn planner(fixture: &Fixture) -> Planner {
    Planner::new(
        Arc::new(CompiledCatalog::new(
            CatalogVersion(1),
            catalog(&fixture.catalog),
        )),
        change(&fixture.change),
        PlannerOptions {
            mode: fixture.mode,
            report_licenses: fixture.report_licenses,
            waits_for_seats: fixture.waits_for_seats,
        },
    )
}

pub(crate) fn plan_set(plans: &Plans) -> PlanSet {
    plans.iter().copied().map(PlanKey).collect()
}

pub(crate) fn plain_plans(plans: &PlanSet) -> Plans {
    plans.iter().map(|plan| plan.0).collect()
}

pub(crate) fn pool(product: u32, pool: PlainPool) -> SeatPool {
    SeatPool {
        product: ProductKey(product),
        entitled: pool.entitled,
        assignable: pool.assignable,
        active: pool.active,
        assigned: pool.assigned,
        available: pool.available,
    }
}

pub(crate) fn chunk_state(users: &[Option<PlainUser>]) -> ChunkState {
    let mut indexes = BTreeMap::new();
    let mut state = ChunkState::default();
    for user in users {
        let Some(user) = user else {
            state.members.push(MemberState::NotFound);
            continue;
        };
        let index = *indexes.entry(&user.held).or_insert_with(|| {
            state.holdings.push(holding(&user.held));
            u32::try_from(state.holdings.len() - 1).unwrap()
        });
        state.members.push(MemberState::Found {
            facts: UserFacts {
                state: if user.blocked {
                    UserState::Blocked
                } else {
                    UserState::Active
                },
                usage_location: user.location.map(location),
            },
            holding: HoldingIndex(index),
        });
    }
    state
}

fn location(country: &str) -> UsageLocation {
    UsageLocation::parse(country).unwrap()
}

fn holding(held: &BTreeMap<u32, Plans>) -> Holding {
    Holding {
        licenses: held
            .iter()
            .map(|(&product, disabled)| HeldLicense {
                product: ProductKey(product),
                disabled_plans: plan_set(disabled),
            })
            .collect(),
    }
}

fn change(change: &PlainChange) -> Change {
    Change {
        assign: change
            .assign
            .iter()
            .map(|assignment| Assignment {
                product: ProductKey(assignment.product),
                disabled_plans: plan_set(&assignment.disabled),
                plan_policy: if assignment.keep {
                    PlanPolicy::Keep
                } else {
                    PlanPolicy::Replace
                },
            })
            .collect(),
        revoke: change.revoke.iter().copied().map(ProductKey).collect(),
    }
}

fn catalog(catalog: &PlainCatalog) -> Catalog {
    let restricted = |what: Restricted, country: &str| LocationRule {
        restricted: what,
        prohibited_in: [location(country)].into(),
    };
    let products = catalog
        .prohibited_products
        .iter()
        .map(|&(product, at)| restricted(Restricted::Product(ProductKey(product)), at));
    let plans = catalog
        .prohibited_plans
        .iter()
        .map(|&(plan, at)| restricted(Restricted::ServicePlan(PlanKey(plan)), at));
    Catalog {
        products: catalog
            .products
            .iter()
            .map(|(&key, plain)| product(key, plain))
            .collect(),
        service_plans: service_plans(catalog),
        exclusion_groups: catalog.groups.iter().map(group).collect(),
        dependencies: catalog
            .dependencies
            .iter()
            .map(|(plan, needs)| Dependency {
                plan: PlanKey(*plan),
                needs_any_of: needs.iter().copied().map(PlanKey).collect(),
            })
            .collect(),
        location_rules: products.chain(plans).collect(),
    }
}

fn product(key: u32, plain: &PlainProduct) -> Product {
    Product {
        key: ProductKey(key),
        id: ProductId::parse(&format!("product-{key}")).unwrap(),
        display_name: String::new(),
        part_number: String::new(),
        service_plans: plain.plans.iter().copied().map(PlanKey).collect(),
        applies_to: applies_to(plain.company),
        retired: plain.retired,
    }
}

fn service_plans(catalog: &PlainCatalog) -> Vec<ServicePlan> {
    let all: Plans = catalog
        .products
        .values()
        .flat_map(|product| product.plans.clone())
        .collect();
    all.into_iter()
        .map(|key| ServicePlan {
            key: PlanKey(key),
            id: ServicePlanId::parse(&format!("plan-{key}")).unwrap(),
            part_number: String::new(),
            display_name: String::new(),
            applies_to: applies_to(catalog.company_plans.contains(&key)),
        })
        .collect()
}

fn applies_to(company: bool) -> AppliesTo {
    if company {
        AppliesTo::Company
    } else {
        AppliesTo::User
    }
}

fn group(group: &PlainGroup) -> ExclusionGroup {
    ExclusionGroup {
        display_name: String::new(),
        members: match group {
            PlainGroup::Plans(plans) => {
                ExclusionMembers::ServicePlans(plans.iter().copied().map(PlanKey).collect())
            }
            PlainGroup::Products(products) => {
                ExclusionMembers::Products(products.iter().copied().map(ProductKey).collect())
            }
        },
    }
}
