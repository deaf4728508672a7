use seatkeeper_domain::{
    BatchKey, Customer, CustomerKey, Entitlement, JournalEntry, JournalSequence, License,
    ProductKey, RelevantProducts, Selection, User, UserKey, UserSet, WaitlistEntry,
};
use seatkeeper_store::{Batch, IdempotencyRecord, LicenseCounts, Selected, Store};

use crate::chunks::unfold;
use crate::fixture::{ALL, all_users, at, every_license, everyone_waiting, known, request_id};

/// The greatest of the keys and identifiers that are read one by one.
const KEY_MAX: i64 = 12;

/// Greater than the key of every product in these tests.
const PRODUCTS_MAX: u32 = 64;

/// All observable state of a customer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Observed {
    customer: Option<Customer>,
    users: Vec<User>,
    user_count: i64,
    last_user_key: UserKey,
    /// The state of every user, deleted ones included, read as a chunk.
    members: Vec<String>,
    entitlements: Vec<Entitlement>,
    licenses: Vec<License>,
    license_counts: LicenseCounts,
    holders: Vec<UserSet>,
    waitlist: Vec<WaitlistEntry>,
    waitlist_count: i64,
    journal: Vec<JournalEntry>,
    entries_of_batches: Vec<Vec<JournalSequence>>,
    batches: Vec<Batch>,
    batch_count: i64,
    listed_batches: Vec<BatchKey>,
    idempotency_records: Vec<IdempotencyRecord>,
    segments: Vec<(BatchKey, Vec<Selected>)>,
    reservations: Vec<(BatchKey, Vec<(ProductKey, i64)>)>,
    selections: Vec<(Selection, UserSet)>,
}

impl Observed {
    pub(crate) async fn of(store: &dyn Store, customer: CustomerKey) -> Self {
        let last_user_key = store.last_user_key(customer).await.unwrap();
        let everyone: Vec<_> = (1..=last_user_key.0)
            .map(|key| known(UserKey(key)))
            .collect();
        let members = unfold(
            store
                .load_chunk(customer, &everyone, &RelevantProducts::All)
                .await
                .unwrap(),
        );
        let products: Vec<_> = (0..PRODUCTS_MAX).map(ProductKey).collect();
        let mut holders = Vec::new();
        for &product in &products {
            holders.push(store.holders(customer, product).await.unwrap());
        }
        let journal = store.journal(customer, JournalSequence(0), ALL).await;
        let listed = store.list_batches(customer, None, ALL).await.unwrap();
        let (segments, reservations) = observe_batches(store, customer).await;
        Self {
            customer: store.customer_by_key(customer).await.unwrap(),
            users: all_users(store, customer).await,
            user_count: store.count_users(customer, None).await.unwrap(),
            last_user_key,
            members: members.iter().map(|member| format!("{member:?}")).collect(),
            entitlements: store.entitlements(customer, None).await.unwrap(),
            licenses: store.licenses(customer, &every_license()).await.unwrap(),
            license_counts: store
                .count_licenses(customer, &products, None)
                .await
                .unwrap(),
            holders,
            waitlist: store.waitlist(customer, &everyone_waiting()).await.unwrap(),
            waitlist_count: store.count_waitlist(customer, None, None).await.unwrap(),
            journal: journal.unwrap(),
            entries_of_batches: entries_of_batches(store, customer).await,
            batches: batches(store, customer).await,
            batch_count: store.count_batches(customer).await.unwrap(),
            listed_batches: listed.iter().map(|batch| batch.key).collect(),
            idempotency_records: idempotency_records(store, customer).await,
            segments,
            reservations,
            selections: selections(store, customer).await,
        }
    }

    /// The key of a customer that exists.
    pub(crate) fn key(&self) -> CustomerKey {
        self.customer.as_ref().unwrap().key
    }

    /// Whether this is the state of a customer that never existed.
    pub(crate) fn is_nothing(&self) -> bool {
        self.customer.is_none()
            && self.users.is_empty()
            && self.user_count == 0
            && self.last_user_key == UserKey(0)
            && self.entitlements.is_empty()
            && self.licenses.is_empty()
            && self.license_counts == LicenseCounts::default()
            && self.holders.iter().all(UserSet::is_empty)
            && self.waitlist.is_empty()
            && self.waitlist_count == 0
            && self.journal.is_empty()
            && self.entries_of_batches.iter().all(Vec::is_empty)
            && self.batches.is_empty()
            && self.batch_count == 0
            && self.listed_batches.is_empty()
            && self.idempotency_records.is_empty()
            && self.selections.is_empty()
    }

    /// Asserts equality part by part, so that a failure names the part.
    pub(crate) fn assert_same(&self, expected: &Self) {
        let [own, expected] = [self, expected].map(|observed| format!("{observed:#?}"));
        for (own, expected) in own.lines().zip(expected.lines()) {
            assert_eq!(own, expected);
        }
        assert_eq!(own.len(), expected.len());
    }
}

fn batch_keys() -> impl Iterator<Item = BatchKey> {
    (1..=KEY_MAX).map(BatchKey)
}

async fn batches(store: &dyn Store, customer: CustomerKey) -> Vec<Batch> {
    let mut batches = Vec::new();
    for key in batch_keys() {
        batches.extend(store.batch(customer, key).await.unwrap());
    }
    batches
}

async fn entries_of_batches(store: &dyn Store, customer: CustomerKey) -> Vec<Vec<JournalSequence>> {
    let mut all = Vec::new();
    for key in batch_keys() {
        let entries = store.batch_entries(customer, key, 0, ALL).await.unwrap();
        all.push(entries.iter().map(|entry| entry.sequence).collect());
    }
    all
}

async fn idempotency_records(store: &dyn Store, customer: CustomerKey) -> Vec<IdempotencyRecord> {
    let mut idempotency_records = Vec::new();
    for number in 0..KEY_MAX {
        let id = request_id(&format!("r{number}"));
        idempotency_records.extend(store.idempotency_record(customer, &id).await.unwrap());
    }
    idempotency_records
}

async fn selections(store: &dyn Store, customer: CustomerKey) -> Vec<(Selection, UserSet)> {
    let listed = store.list_selections(customer, at(0), None, ALL).await;
    let mut selections = Vec::new();
    for selection in listed.unwrap() {
        let users = store.selection_users(customer, selection.key).await;
        selections.push((selection, users.unwrap()));
    }
    selections
}

/// Reads the segments and reservations of every batch.
async fn observe_batches(
    store: &dyn Store,
    customer: CustomerKey,
) -> (
    Vec<(BatchKey, Vec<Selected>)>,
    Vec<(BatchKey, Vec<(ProductKey, i64)>)>,
) {
    let mut segments = Vec::new();
    let mut reservations = Vec::new();
    let Some(mut tx) = store.lock_customer(customer).await.unwrap() else {
        return (segments, reservations);
    };
    for batch in batch_keys() {
        let reserved = tx.reservations(batch).await.unwrap();
        reservations.push((batch, reserved));
        let mut position = 0;
        while let Some(segment) = tx.segments(batch, position, 1).await.unwrap() {
            position += i64::try_from(segment.len()).unwrap();
            segments.push((batch, segment));
        }
    }
    (segments, reservations)
}
