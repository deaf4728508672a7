use std::sync::Arc;
use std::time::Duration;

use seatkeeper_domain::{
    AppliesTo, AssignmentRequest, BatchMode, Catalog, ChangeRequest, CustomerId, Dependency,
    Effect, ExclusionGroup, ExclusionMembers, JournalSequence, LocationRule, Outcome, PlanKey,
    PlanPolicy, Principal, Product, ProductId, ProductKey, RequestId, Restricted, ServicePlan,
    ServicePlanId, ShortagePolicy, Timestamp, UsageLocation, UserId, UserState, ViolationType,
};
use seatkeeper_engine::{
    Batch, BatchEvent, BatchRequest, CallerId, CreateCustomer, Engine, EngineConfig, EngineResult,
    EntitlementView, ImportMode, ImportUsers, Limits, ListLicenses, PurchaseSeats, ReduceSeats,
    ResultStream, Selector, StartedBatch, UserFields,
};
use seatkeeper_store::NewCatalog;

use crate::clock::TestClock;
use crate::stores::TestStore;

/// Users of a chunk in these tests: few, so that a few users make several chunks.
pub(crate) const CHUNK: usize = 4;

/// A customer, a small catalog and a running engine.
///
/// `suite` has the plans `mail` and `chat`; `lite` has `mail-lite`, which excludes `mail`; `addon`
/// has `meet`, which needs `chat` and is prohibited in India.
pub(crate) struct Fixture {
    pub(crate) engine: Engine,
    pub(crate) customer: CustomerId,
    pub(crate) stores: TestStore,
    pub(crate) clock: Arc<TestClock>,
}

/// One user's result, with names instead of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReceivedResult {
    pub(crate) sequence: i64,
    pub(crate) user: String,
    pub(crate) index: Option<i64>,
    pub(crate) products: Vec<(&'static str, Outcome, Vec<ViolationType>)>,
}

pub(crate) const PRODUCTS: [&str; 3] = ["suite", "lite", "addon"];

impl Fixture {
    pub(crate) async fn new(stores: TestStore) -> Self {
        Self::with_limits(stores, limits()).await
    }

    pub(crate) async fn with_limits(stores: TestStore, limits: Limits) -> Self {
        let catalog = NewCatalog {
            previous: None,
            catalog: catalog(),
            principal: Principal::local(),
            time: Timestamp::from_micros(0),
        };
        stores.store.save_catalog(catalog).await.unwrap();
        let clock = TestClock::new();
        let engine = engine_over(&stores, limits, &clock);
        let customer = CustomerId::parse("contoso").unwrap();
        let create = CreateCustomer {
            id: Some(customer.clone()),
            display_name: "Contoso".to_owned(),
            principal: Principal::local(),
        };
        engine.create_customer(create).await.unwrap();
        engine.start();
        Self {
            engine,
            customer,
            stores,
            clock,
        }
    }

    /// Another server over the same store.
    pub(crate) fn another_engine(&self) -> Engine {
        self.another_engine_with(limits())
    }

    pub(crate) fn another_engine_with(&self, limits: Limits) -> Engine {
        engine_over(&self.stores, limits, &self.clock)
    }

    /// Adds active users `u1`, `u2`, … in Switzerland.
    pub(crate) async fn add_users(&self, count: usize) {
        let names = (1..=count)
            .map(|number| format!("u{number}"))
            .collect::<Vec<_>>();
        let users = names.iter().map(|name| (&**name, "CH", UserState::Active));
        self.add(users.collect()).await;
    }

    pub(crate) async fn add(&self, users: Vec<(&str, &str, UserState)>) {
        let rows = users.into_iter().map(|(id, location, state)| {
            let fields = UserFields {
                sign_in_name: format!("{id}@contoso.example"),
                display_name: id.to_owned(),
                department: String::new(),
                job_title: String::new(),
                usage_location: UsageLocation::parse(location).ok(),
                state,
            };
            (UserId::parse(id).unwrap(), fields)
        });
        let import = ImportUsers {
            customer: self.customer.clone(),
            mode: ImportMode::CreateOnly,
            rows: rows.collect(),
            validate_only: false,
            principal: Principal::local(),
        };
        self.engine.import_users(import).await.unwrap();
    }

    pub(crate) async fn buy(&self, product: &str, seats: i64) -> EntitlementView {
        let purchase = self.purchase(product, seats);
        let purchased = self.engine.purchase_seats(purchase).await;
        purchased.unwrap().entitlement
    }

    /// A purchase that starts now and never lapses.
    pub(crate) fn purchase(&self, product: &str, seats: i64) -> PurchaseSeats {
        PurchaseSeats {
            customer: self.customer.clone(),
            product: ProductId::parse(product).unwrap(),
            purchase: None,
            seats,
            start_time: None,
            end_time: None,
            revision: None,
            request_id: None,
            validate_only: false,
            principal: Principal::local(),
        }
    }

    /// A reduction of seats, from the newest purchase first.
    pub(crate) fn reduction(&self, product: &str, seats: i64) -> ReduceSeats {
        ReduceSeats {
            customer: self.customer.clone(),
            product: ProductId::parse(product).unwrap(),
            purchase: None,
            seats,
            release_users: Vec::new(),
            revision: None,
            request_id: None,
            validate_only: false,
            principal: Principal::local(),
        }
    }

    /// The effects in the journal, oldest first.
    pub(crate) async fn journal(&self) -> Vec<Effect> {
        let customer = self.engine.customer(&self.customer).await.unwrap().key;
        let entries = self
            .stores
            .store
            .journal(customer, JournalSequence(0), 1_000)
            .await;
        entries
            .unwrap()
            .into_iter()
            .map(|entry| entry.effect)
            .collect()
    }

    /// The identifier and the seats of each purchase, as recorded in the journal.
    pub(crate) async fn purchases_journaled(&self) -> Vec<(String, i64)> {
        let entries = self.journal().await.into_iter();
        let purchases = entries.filter_map(|effect| {
            if let Effect::PurchaseChanged { purchase, .. } = effect {
                Some((purchase.id.as_str().to_owned(), purchase.seats))
            } else {
                None
            }
        });
        purchases.collect()
    }

    pub(crate) fn request(&self, assign: &[&str], revoke: &[&str]) -> BatchRequest {
        BatchRequest {
            customer: self.customer.clone(),
            change: change(assign, revoke),
            mode: BatchMode::PerUser,
            shortage: ShortagePolicy::AssignUntilExhausted,
            report_licenses: false,
            cancel_on_disconnect: false,
            request_id: None,
            principal: Principal::local(),
            caller: CallerId::new("test"),
        }
    }

    pub(crate) async fn start(
        &self,
        request: BatchRequest,
        selector: Selector,
    ) -> EngineResult<StartedBatch> {
        self.engine.start_batch(request, selector).await
    }

    /// Runs a batch to its end.
    pub(crate) async fn run(
        &self,
        request: BatchRequest,
        selector: Selector,
    ) -> (Vec<ReceivedResult>, Batch) {
        let started = self.start(request, selector).await.unwrap();
        let stream = self
            .engine
            .follow_started(&self.customer, started)
            .await
            .unwrap();
        read_to_end(stream).await
    }

    pub(crate) async fn assign(
        &self,
        product: &str,
        selector: Selector,
    ) -> (Vec<ReceivedResult>, Batch) {
        self.run(self.request(&[product], &[]), selector).await
    }

    /// All licenses as `user:product`, in the order of the directory.
    pub(crate) async fn holdings(&self) -> Vec<String> {
        let list = ListLicenses {
            customer: self.customer.clone(),
            user: None,
            product: None,
            after: None,
            limit: 1000,
        };
        let page = self.engine.list_licenses(list).await.unwrap();
        let name = |key: ProductKey| PRODUCTS[key.index()];
        let licenses = page.licenses.iter();
        licenses
            .map(|found| format!("{}:{}", found.user_id, name(found.held.product)))
            .collect()
    }

    pub(crate) async fn entitlement(&self, product: &str) -> EntitlementView {
        let product = ProductId::parse(product).unwrap();
        self.engine
            .entitlement(&self.customer, &product)
            .await
            .unwrap()
    }
}

pub(crate) fn limits() -> Limits {
    Limits {
        segment_users: CHUNK,
        chunk_segments_max: 1,
        freeze_segments_read: 1,
        freeze_segments_per_step: 2,
        waitlist_users_per_step: CHUNK,
        all_or_nothing_users_max: 50,
        batch_users_max: 100,
        selection_users_max: 100,
        selections_per_customer_max: 5,
        look_up_users_per_step: 4,
        user_keys_per_step: 4,
        batches_unfinished_per_customer_max: 3,
        purchases_per_entitlement_max: 4,
        lease: Duration::from_millis(600),
        recovery_interval: Duration::from_millis(100),
        follow_interval: Duration::from_millis(50),
        ..Limits::default()
    }
}

fn engine_over(stores: &TestStore, limits: Limits, clock: &Arc<TestClock>) -> Engine {
    let config = EngineConfig {
        limits,
        clock: Arc::<TestClock>::clone(clock),
        ..EngineConfig::default()
    };
    Engine::new(Arc::clone(&stores.store), config)
}

pub(crate) fn change(assign: &[&str], revoke: &[&str]) -> ChangeRequest {
    let assignment = |product: &&str| AssignmentRequest {
        product: ProductId::parse(product).unwrap(),
        disabled_plans: Vec::new(),
        plan_policy: PlanPolicy::Replace,
    };
    ChangeRequest {
        assign: assign.iter().map(assignment).collect(),
        revoke: revoke
            .iter()
            .map(|product| ProductId::parse(product).unwrap())
            .collect(),
    }
}

pub(crate) fn users(names: &[&str]) -> Selector {
    Selector::Users(
        names
            .iter()
            .map(|name| UserId::parse(name).unwrap())
            .collect(),
    )
}

pub(crate) fn request_id(text: &str) -> RequestId {
    RequestId::parse(text).unwrap()
}

/// Reads a stream to its end and checks the order of its events.
pub(crate) async fn read_to_end(mut stream: ResultStream) -> (Vec<ReceivedResult>, Batch) {
    let first = stream.next().await.unwrap();
    assert!(
        matches!(first, Some(BatchEvent::Started(_))),
        "the first event is `Started`"
    );
    let mut results = Vec::new();
    let mut finished = None;
    while let Some(event) = stream.next().await.unwrap() {
        assert!(finished.is_none(), "nothing follows finished");
        match event {
            BatchEvent::Started(_) => panic!("started twice"),
            BatchEvent::Results { changes, after } => {
                let new = changes
                    .results()
                    .filter(|result| result.sequence_number > after);
                results.extend(new.map(received));
            }
            BatchEvent::Progress { .. } => {}
            BatchEvent::Finished(batch) => finished = Some(*batch),
        }
    }
    (results, finished.expect("the last event is `Finished`"))
}

pub(crate) fn received(result: seatkeeper_domain::MemberResult<'_>) -> ReceivedResult {
    let products = result.decision.products.iter().map(|decided| {
        let violations = decided
            .violations
            .iter()
            .map(seatkeeper_domain::Violation::violation_type);
        (
            PRODUCTS[decided.product.index()],
            decided.outcome,
            violations.collect(),
        )
    });
    ReceivedResult {
        sequence: result.sequence_number,
        user: result.member.user_id.as_str().to_owned(),
        index: result.member.request_index,
        products: products.collect(),
    }
}

/// The outcome of the first product of each user, with the user's name.
pub(crate) fn outcomes(results: &[ReceivedResult]) -> Vec<(&str, Outcome)> {
    results
        .iter()
        .map(|result| (&*result.user, result.products[0].1))
        .collect()
}

fn catalog() -> Catalog {
    let plan = |key: u32, id: &str| ServicePlan {
        key: PlanKey(key),
        id: ServicePlanId::parse(id).unwrap(),
        part_number: id.to_owned(),
        display_name: id.to_owned(),
        applies_to: AppliesTo::User,
    };
    let product = |key: u32, id: &str, plans: &[u32]| Product {
        key: ProductKey(key),
        id: ProductId::parse(id).unwrap(),
        display_name: id.to_owned(),
        part_number: id.to_owned(),
        service_plans: plans.iter().copied().map(PlanKey).collect(),
        applies_to: AppliesTo::User,
        retired: false,
    };
    Catalog {
        products: vec![
            product(0, "suite", &[0, 1]),
            product(1, "lite", &[2]),
            product(2, "addon", &[3]),
        ],
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
        location_rules: vec![LocationRule {
            restricted: Restricted::ServicePlan(PlanKey(3)),
            prohibited_in: [UsageLocation::parse("IN").unwrap()].into(),
        }],
    }
}
