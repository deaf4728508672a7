//! A catalog, seat pools and chunks of users for planner benchmarks.

use std::sync::Arc;

use seatkeeper_domain::{
    AppliesTo, Assignment, BatchMode, Catalog, CatalogVersion, Change, ChunkState, CompiledCatalog,
    Dependency, ExclusionGroup, ExclusionMembers, HeldLicense, Holding, HoldingIndex, MemberState,
    PlanKey, PlanPolicy, PlanSet, Planner, PlannerOptions, Product, ProductId, ProductKey,
    SeatPool, SeatPools, ServicePlan, ServicePlanId, UsageLocation, UserFacts, UserState,
};

/// Number of products that the change can assign.
pub(crate) const PRODUCTS: u32 = 5;

/// Number of products that users hold in different sets: enough to give each user a different set.
const HELD_PRODUCTS: u32 = 13;

/// Number of service plans of a product.
const PLANS: u32 = 10;

/// The licenses held by the users of a chunk.
#[derive(Clone, Copy)]
pub(crate) enum Holders {
    /// All users hold the same licenses.
    Alike,
    /// Each user holds different licenses, all unrelated to the assigned products.
    Different,
    /// Each user holds different licenses, each of which may satisfy a dependency of the assigned
    /// products.
    Related,
}

/// A planner that assigns this number of products to each user.
pub(crate) fn planner(catalog: &Arc<CompiledCatalog>, products: u32) -> Planner {
    let options = PlannerOptions {
        mode: BatchMode::PerUser,
        report_licenses: false,
        waits_for_seats: false,
    };
    Planner::new(Arc::clone(catalog), assign(products), options)
}

/// Products with their own plans; some plans need or exclude others. No user holds the last
/// product.
pub(crate) fn catalog(holders: Holders) -> CompiledCatalog {
    let last = PRODUCTS + HELD_PRODUCTS;
    let excluded = [0, last].map(|product| PlanKey(product * PLANS + 3));
    let catalog = Catalog {
        products: (0..=last).map(product).collect(),
        service_plans: (0..(last + 1) * PLANS).map(service_plan).collect(),
        exclusion_groups: vec![ExclusionGroup {
            display_name: "One of these".to_owned(),
            members: ExclusionMembers::ServicePlans(excluded.into()),
        }],
        dependencies: (0..PRODUCTS)
            .map(|product| Dependency {
                plan: PlanKey(product * PLANS + 1),
                needs_any_of: match holders {
                    Holders::Alike | Holders::Different => vec![PlanKey(product * PLANS + 2)],
                    Holders::Related => (product..last)
                        .map(|product| PlanKey(product * PLANS + 2))
                        .collect(),
                },
            })
            .collect(),
        ..Catalog::default()
    };
    CompiledCatalog::new(CatalogVersion(1), catalog)
}

fn product(key: u32) -> Product {
    let name = format!("product-{key}");
    Product {
        key: ProductKey(key),
        id: ProductId::parse(&name).expect("letters and digits"),
        display_name: name.clone(),
        part_number: name,
        service_plans: (key * PLANS..(key + 1) * PLANS).map(PlanKey).collect(),
        applies_to: AppliesTo::User,
        retired: false,
    }
}

fn service_plan(key: u32) -> ServicePlan {
    let name = format!("plan-{key}");
    ServicePlan {
        key: PlanKey(key),
        id: ServicePlanId::parse(&name).expect("letters and digits"),
        display_name: name.clone(),
        part_number: name,
        applies_to: AppliesTo::User,
    }
}

fn assign(products: u32) -> Change {
    let assign = (0..products).map(|product| Assignment {
        product: ProductKey(product),
        disabled_plans: PlanSet::new(),
        plan_policy: PlanPolicy::Replace,
    });
    Change {
        assign: assign.collect(),
        revoke: Vec::new(),
    }
}

/// Pools with more seats than users.
pub(crate) fn pools() -> SeatPools {
    let pools = (0..PRODUCTS).map(|product| SeatPool {
        product: ProductKey(product),
        entitled: true,
        assignable: true,
        active: 1_000_000,
        assigned: 0,
        available: 1_000_000,
    });
    SeatPools::new(pools.collect())
}

/// A chunk of users who can get every product.
pub(crate) fn chunk(holders: Holders, users: u32) -> ChunkState {
    let facts = UserFacts {
        state: UserState::Active,
        usage_location: Some(UsageLocation::parse("CH").expect("a country")),
    };
    let found = |holding| MemberState::Found {
        facts,
        holding: HoldingIndex(holding),
    };
    match holders {
        Holders::Alike => ChunkState {
            members: (0..users).map(|_| found(0)).collect(),
            holdings: vec![holding(1)],
        },
        Holders::Different | Holders::Related => ChunkState {
            members: (0..users).map(found).collect(),
            holdings: (0..users).map(holding).collect(),
        },
    }
}

/// A holding of the products whose bits are set.
fn holding(bits: u32) -> Holding {
    let held = (0..HELD_PRODUCTS).filter(|bit| bits >> bit & 1 == 1);
    let licenses = held.map(|bit| HeldLicense {
        product: ProductKey(PRODUCTS + bit),
        disabled_plans: PlanSet::new(),
    });
    Holding {
        licenses: licenses.collect(),
    }
}
