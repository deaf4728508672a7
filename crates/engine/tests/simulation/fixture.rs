use std::sync::Arc;
use std::time::Duration;

use seatkeeper_domain::{
    AppliesTo, AssignmentRequest, Catalog, CatalogVersion, ChangeRequest, CompiledCatalog,
    CustomerId, Dependency, ExclusionGroup, ExclusionMembers, PlanKey, PlanPolicy, Principal,
    Product, ProductId, ProductKey, ServicePlan, ServicePlanId, Timestamp, UsageLocation, UserId,
    UserState,
};
use seatkeeper_engine::{
    CreateCustomer, Engine, EngineConfig, ImportMode, ImportUsers, Limits, PurchaseSeats,
    UserFields,
};
use seatkeeper_store::{ModelStore, NewCatalog, Store as _};

use crate::rng::Rng;
use crate::sim::Sim;
use crate::sources::{SimClock, SimIds};

/// Products of the small catalog, in the order of their keys: `suite` and `lite` exclude one
/// another, `addon` needs `suite`.
pub(crate) const PRODUCTS: [&str; 3] = ["suite", "lite", "addon"];

/// The catalog, customers and users of a run: few users and fewer seats, so that operations
/// conflict often.
pub(crate) struct Fixture {
    pub(crate) catalog: Arc<CompiledCatalog>,
    pub(crate) customers: Vec<CustomerId>,
    pub(crate) users: Vec<UserId>,
}

impl Fixture {
    /// Creates all resources before the first fault.
    pub(crate) async fn set(
        sim: &Arc<Sim>,
        store: &Arc<ModelStore>,
        rng: &mut Rng,
        customers: u64,
        users: u64,
    ) -> Self {
        let content = catalog();
        let new = NewCatalog {
            previous: None,
            catalog: content.clone(),
            principal: Principal::system(),
            time: Timestamp::from_micros(0),
        };
        store.save_catalog(new).await.unwrap();
        let users = (1..=users).map(|number| id(&format!("u{number}")));
        let fixture = Self {
            catalog: Arc::new(CompiledCatalog::new(CatalogVersion(1), content)),
            customers: (1..=customers)
                .map(|number| CustomerId::parse(&format!("c{number}")).unwrap())
                .collect(),
            users: users.collect(),
        };
        let engine = quiet_engine(sim, store);
        for customer in &fixture.customers {
            fixture.add_customer(&engine, customer, rng).await;
        }
        fixture
    }

    async fn add_customer(&self, engine: &Engine, customer: &CustomerId, rng: &mut Rng) {
        let create = CreateCustomer {
            id: Some(customer.clone()),
            display_name: String::new(),
            principal: Principal::system(),
        };
        engine.create_customer(create).await.unwrap();
        let rows = self.users.iter().map(|user| (user.clone(), fields(user)));
        let import = ImportUsers {
            customer: customer.clone(),
            mode: ImportMode::CreateOnly,
            rows: rows.collect(),
            validate_only: false,
            principal: Principal::system(),
        };
        engine.import_users(import).await.unwrap();
        for product in PRODUCTS {
            let seats = i64::try_from(rng.between(0..16)).unwrap();
            if seats > 0 {
                let purchase = purchase(customer, product, seats, Principal::system());
                engine.purchase_seats(purchase).await.unwrap();
            }
        }
    }
}

/// An engine without faults and without background tasks.
fn quiet_engine(sim: &Arc<Sim>, store: &Arc<ModelStore>) -> Engine {
    let config = EngineConfig {
        limits: Limits::default(),
        clock: Arc::new(SimClock {
            begun: sim.begun,
            ahead_micros: 0,
        }),
        ids: SimIds::new(sim.fork()),
        owner: "set-up".to_owned(),
        ..EngineConfig::default()
    };
    Engine::new(Arc::<ModelStore>::clone(store), config)
}

/// Limits small enough that a few users make several chunks; the time limits stay realistic.
pub(crate) fn limits(rng: &mut Rng) -> Limits {
    Limits {
        segment_users: 1 + rng.index(3),
        chunk_segments_max: 1 + rng.index(3),
        freeze_segments_read: 1 + rng.index(2),
        freeze_segments_per_step: 1 + rng.index(2),
        chunks_prefetched_max: 1 + rng.index(8),
        all_or_nothing_users_max: 50,
        batch_users_max: 60,
        batches_unfinished_per_customer_max: 3 + i64::try_from(rng.index(20)).unwrap(),
        user_stream_idle_timeout: Duration::from_secs(15),
        // A reader that polls less often costs less to simulate.
        follow_interval: Duration::from_secs(1),
        progress_interval: Duration::from_secs(3),
        ..Limits::default()
    }
}

pub(crate) fn id(text: &str) -> UserId {
    UserId::parse(text).unwrap()
}

pub(crate) fn product(text: &str) -> ProductId {
    ProductId::parse(text).unwrap()
}

pub(crate) fn change(assign: &[&str], revoke: &[&str]) -> ChangeRequest {
    let assignment = |name: &&str| AssignmentRequest {
        product: product(name),
        disabled_plans: Vec::new(),
        plan_policy: PlanPolicy::Replace,
    };
    ChangeRequest {
        assign: assign.iter().map(assignment).collect(),
        revoke: revoke.iter().map(|name| product(name)).collect(),
    }
}

pub(crate) fn purchase(
    customer: &CustomerId,
    name: &str,
    seats: i64,
    principal: Principal,
) -> PurchaseSeats {
    PurchaseSeats {
        customer: customer.clone(),
        product: product(name),
        purchase: None,
        seats,
        start_time: None,
        end_time: None,
        revision: None,
        request_id: None,
        validate_only: false,
        principal,
    }
}

fn fields(user: &UserId) -> UserFields {
    UserFields {
        sign_in_name: format!("{user}@example.com"),
        display_name: String::new(),
        department: String::new(),
        job_title: String::new(),
        usage_location: UsageLocation::parse("CH").ok(),
        state: UserState::Active,
    }
}

fn catalog() -> Catalog {
    let plan = |key: u32, id: &str| ServicePlan {
        key: PlanKey(key),
        id: ServicePlanId::parse(id).unwrap(),
        part_number: id.to_owned(),
        display_name: id.to_owned(),
        applies_to: AppliesTo::User,
    };
    let product = |key: u32, plans: &[u32]| {
        let name = PRODUCTS[key as usize];
        Product {
            key: ProductKey(key),
            id: product(name),
            display_name: name.to_owned(),
            part_number: name.to_owned(),
            service_plans: plans.iter().copied().map(PlanKey).collect(),
            applies_to: AppliesTo::User,
            retired: false,
        }
    };
    Catalog {
        products: vec![product(0, &[0, 1]), product(1, &[2]), product(2, &[3])],
        service_plans: vec![
            plan(0, "mail"),
            plan(1, "chat"),
            plan(2, "mail-lite"),
            plan(3, "meet"),
        ],
        exclusion_groups: vec![ExclusionGroup {
            display_name: "Mail".to_owned(),
            members: ExclusionMembers::ServicePlans(vec![PlanKey(0), PlanKey(2)]),
        }],
        dependencies: vec![Dependency {
            plan: PlanKey(3),
            needs_any_of: vec![PlanKey(1)],
        }],
        location_rules: Vec::new(),
    }
}
