use std::sync::Arc;

use seatkeeper_domain::{
    Assignment, BatchId, BatchMode, CatalogVersion, Change, Customer, CustomerId, CustomerKey,
    Entitlement, JournalEntry, JournalSequence, License, PlanKey, PlanPolicy, Principal,
    ProductKey, Purchase, PurchaseId, RequestId, ShortagePolicy, Timestamp, User, UserId, UserKey,
    UserOrder, UserState, WaitingChange,
};
use seatkeeper_store::{
    BatchSource, BatchSpec, BatchTask, CustomerTx, Lease, LicensePageQuery, NewBatch, NewCustomer,
    NewUser, PageStart, Selected, SelectedUser, Store, StoreError, UserPageQuery, WaitlistJoins,
    WaitlistQuery,
};

use crate::decisions::{assigned, changes};
use crate::stores::TestStore;

/// A limit above the number of rows of any test.
pub(crate) const ALL: usize = 100_000;

pub(crate) const SUITE: ProductKey = ProductKey(0);
pub(crate) const LITE: ProductKey = ProductKey(1);
pub(crate) const ADDON: ProductKey = ProductKey(7);

/// A store with one customer, `contoso`.
pub(crate) struct Fixture {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) customer: CustomerKey,
    _backing: TestStore,
}

impl Fixture {
    pub(crate) async fn new(backing: TestStore) -> Self {
        let store = Arc::clone(&backing.store);
        let customer = store
            .create_customer(new_customer("contoso"))
            .await
            .unwrap();
        Self {
            store,
            customer: customer.key,
            _backing: backing,
        }
    }

    pub(crate) async fn another_customer(&self, id: &str) -> CustomerKey {
        let customer = self.store.create_customer(new_customer(id)).await;
        customer.unwrap().key
    }

    pub(crate) async fn lock(&self) -> Box<dyn CustomerTx> {
        lock(&*self.store, self.customer).await
    }

    pub(crate) async fn row(&self) -> Customer {
        let row = self.store.customer_by_key(self.customer).await.unwrap();
        row.unwrap()
    }

    pub(crate) async fn add_users(&self, ids: &[&str]) -> Vec<UserKey> {
        self.add(ids.iter().map(|id| new_user(id)).collect()).await
    }

    pub(crate) async fn add(&self, users: Vec<NewUser>) -> Vec<UserKey> {
        let mut tx = self.lock().await;
        let keys = tx.insert_users(users).await.unwrap();
        tx.commit().await.unwrap();
        keys
    }

    pub(crate) async fn delete_user(&self, user: UserKey) {
        let mut tx = self.lock().await;
        tx.delete_user(user).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn entitle(&self, products: &[ProductKey]) {
        let mut tx = self.lock().await;
        for &product in products {
            tx.save_entitlement(&entitlement(product, 100))
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// Assigns a product with all plans enabled.
    pub(crate) async fn assign(&self, users: &[(UserKey, &str)], product: ProductKey) {
        let members = users.iter();
        let decided = members.map(|&(key, id)| (member(key, id), vec![assigned(product, &[])]));
        let changes = changes(decided.collect());
        let mut tx = self.lock().await;
        tx.record_licenses(at(10), &principal(), changes)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn users(&self) -> Vec<User> {
        all_users(&*self.store, self.customer).await
    }

    pub(crate) async fn licenses(&self) -> Vec<License> {
        let licenses = self.store.licenses(self.customer, &every_license()).await;
        licenses.unwrap()
    }

    pub(crate) async fn journal(&self) -> Vec<JournalEntry> {
        let start = JournalSequence(0);
        self.store.journal(self.customer, start, ALL).await.unwrap()
    }

    pub(crate) async fn entitlement(&self, product: ProductKey) -> Entitlement {
        let found = self
            .store
            .entitlements(self.customer, Some(&[product]))
            .await;
        found.unwrap().pop().unwrap()
    }
}

pub(crate) async fn lock(store: &dyn Store, customer: CustomerKey) -> Box<dyn CustomerTx> {
    store.lock_customer(customer).await.unwrap().unwrap()
}

pub(crate) async fn all_users(store: &dyn Store, customer: CustomerKey) -> Vec<User> {
    let query = UserPageQuery {
        filter: None,
        order: UserOrder::default(),
        start: PageStart::First,
        limit: ALL,
    };
    store.list_users(customer, &query).await.unwrap()
}

/// A time in November 2023, `micros` after a fixed second.
pub(crate) fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + micros)
}

pub(crate) fn principal() -> Principal {
    Principal::new("ann")
}

pub(crate) fn new_customer(id: &str) -> NewCustomer {
    NewCustomer {
        id: customer_id(id),
        display_name: format!("{id} & Søns"),
        principal: principal(),
        time: at(0),
    }
}

pub(crate) fn new_user(id: &str) -> NewUser {
    NewUser {
        id: user_id(id),
        sign_in_name: format!("{id}@contoso.example"),
        display_name: id.to_owned(),
        department: String::new(),
        job_title: String::new(),
        usage_location: None,
        state: UserState::Active,
        create_time: at(1),
    }
}

pub(crate) fn entitlement(product: ProductKey, seats: i64) -> Entitlement {
    Entitlement {
        product,
        purchases: vec![Purchase {
            id: PurchaseId::parse("first").unwrap(),
            seats,
            start_time: at(2),
            end_time: None,
        }],
        assigned: 0,
        reserved: 0,
        waitlisted: 0,
        revision: 1,
        create_time: at(2),
        update_time: at(2),
    }
}

pub(crate) fn new_batch(id: &str) -> NewBatch {
    NewBatch {
        id: batch_id(id),
        spec: batch_spec(),
        lease: Lease::default(),
        user_stream_open: false,
    }
}

pub(crate) fn batch_spec() -> BatchSpec {
    BatchSpec {
        task: BatchTask::Change(Change {
            assign: Vec::new(),
            revoke: vec![SUITE],
        }),
        source: BatchSource::All,
        mode: BatchMode::PerUser,
        shortage: ShortagePolicy::AssignUntilExhausted,
        report_licenses: false,
        cancel_on_disconnect: false,
        catalog_version: CatalogVersion(1),
        principal: principal(),
        request_id: None,
        create_time: at(3),
    }
}

pub(crate) fn every_license() -> LicensePageQuery {
    LicensePageQuery {
        users: None,
        product: None,
        after: None,
        limit: ALL,
    }
}

pub(crate) fn everyone_waiting() -> WaitlistQuery {
    WaitlistQuery {
        limit: ALL,
        ..WaitlistQuery::default()
    }
}

/// These users join the waitlist of each product, in this order, all with one change.
pub(crate) fn joins(users: &[UserKey], products: &[ProductKey]) -> WaitlistJoins {
    let assign = products.iter().map(|&product| Assignment {
        product,
        disabled_plans: [PlanKey(3)].into_iter().collect(),
        plan_policy: PlanPolicy::Replace,
    });
    WaitlistJoins {
        batch: None,
        principal: principal(),
        changes: vec![WaitingChange {
            change: Change {
                assign: assign.collect(),
                revoke: vec![ProductKey(9)],
            },
            seats: products.to_vec(),
        }],
        users: users.iter().map(|&user| (user, 0)).collect(),
    }
}

pub(crate) fn member(user: UserKey, id: &str) -> seatkeeper_domain::Member {
    seatkeeper_domain::Member {
        user: Some(user),
        user_id: user_id(id),
        request_index: None,
    }
}

pub(crate) fn known(user: UserKey) -> Selected {
    Selected {
        user: SelectedUser::Known(user),
        request_index: None,
    }
}

pub(crate) fn unknown(id: &str) -> Selected {
    Selected {
        user: SelectedUser::Unknown(user_id(id)),
        request_index: None,
    }
}

pub(crate) fn customer_id(id: &str) -> CustomerId {
    CustomerId::parse(id).unwrap()
}

pub(crate) fn user_id(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

pub(crate) fn batch_id(id: &str) -> BatchId {
    BatchId::parse(id).unwrap()
}

pub(crate) fn request_id(id: &str) -> RequestId {
    RequestId::parse(id).unwrap()
}

/// Asserts that the error is an identifier conflict for this kind of thing.
pub(crate) fn assert_taken<T: std::fmt::Debug>(answer: Result<T, StoreError>, kind: &str) {
    match answer {
        Err(StoreError::AlreadyExists { what }) => assert_eq!(what, kind),
        other => panic!("expected AlreadyExists for a {kind}: {other:?}"),
    }
}

pub(crate) fn assert_corrupt<T: std::fmt::Debug>(answer: Result<T, StoreError>) {
    let error = answer.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
}
