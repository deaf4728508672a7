use proptest::prelude::{Just, Strategy, any, prop, prop_oneof};
use seatkeeper_domain::{BatchState, ProductKey};

use crate::fixture::{ADDON, LITE, SUITE};
use crate::generated::text;

/// One call within a transaction. Users, batches and requests are named by small numbers, so that
/// steps affect each other; some numbers do not exist.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    SaveCustomer(String),
    Directory(DirectoryStep),
    SaveEntitlement { product: ProductKey, seats: i64 },
    Record(Record),
    InsertIdempotencyRecord(u8),
    Batch(BatchStep),
    Waitlist(WaitlistStep),
    Append,
}

#[derive(Debug, Clone)]
pub(crate) enum DirectoryStep {
    Insert(Vec<u8>),
    Update { user: i64, name: String },
    Delete(i64),
}

/// A decision on a product for some users, given what each holds.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) users: Vec<i64>,
    pub(crate) product: ProductKey,
    pub(crate) wish: Wish,
    pub(crate) batch: Option<i64>,
    /// Whether each user is in a separate record; all are written in one call.
    pub(crate) apart: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Wish {
    Hold(Vec<u32>),
    Lose,
    /// Revokes without checking whether the license is held.
    LoseBlindly,
}

/// A step on the batch with this key; an insertion takes an identifier instead.
#[derive(Debug, Clone)]
pub(crate) enum BatchStep {
    Insert(u8),
    Save(i64, BatchState),
    Delete(i64),
    Reserve(i64, ProductKey, i64),
    AppendSegment(i64, Vec<i64>),
}

#[derive(Debug, Clone)]
pub(crate) enum WaitlistStep {
    Join(Vec<i64>, Vec<ProductKey>),
    Leave(i64, i64),
    Prioritize(i64, ProductKey, i32),
    TakeDirtyQueues,
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => text().prop_map(Step::SaveCustomer),
        6 => directory().prop_map(Step::Directory),
        3 => (product(), 0..9_i64)
            .prop_map(|(product, seats)| Step::SaveEntitlement { product, seats }),
        7 => record().prop_map(Step::Record),
        1 => (0..12_u8).prop_map(Step::InsertIdempotencyRecord),
        7 => batch_step().prop_map(Step::Batch),
        5 => waitlist_step().prop_map(Step::Waitlist),
        1 => Just(Step::Append),
    ]
}

fn directory() -> impl Strategy<Value = DirectoryStep> {
    prop_oneof![
        4 => prop::collection::vec(0..60_u8, 1..5).prop_map(DirectoryStep::Insert),
        2 => (user(), text()).prop_map(|(user, name)| DirectoryStep::Update { user, name }),
        1 => user().prop_map(DirectoryStep::Delete),
    ]
}

fn record() -> impl Strategy<Value = Record> {
    let plans = prop::collection::btree_set(prop::sample::select(vec![0_u32, 5, 64, 700]), 0..3);
    let wish = prop_oneof![
        20 => plans.prop_map(|plans| Wish::Hold(plans.into_iter().collect())),
        10 => Just(Wish::Lose),
        1 => Just(Wish::LoseBlindly),
    ];
    let batch = prop::option::of(batch());
    let record = (users(), product(), wish, batch, any::<bool>());
    record.prop_map(|(users, product, wish, batch, apart)| Record {
        users,
        product,
        wish,
        batch,
        apart,
    })
}

fn batch_step() -> impl Strategy<Value = BatchStep> {
    prop_oneof![
        3 => (0..30_u8).prop_map(BatchStep::Insert),
        2 => (batch(), state()).prop_map(|(batch, state)| BatchStep::Save(batch, state)),
        1 => batch().prop_map(BatchStep::Delete),
        2 => (batch(), product(), 0..4_i64)
            .prop_map(|(batch, product, seats)| BatchStep::Reserve(batch, product, seats)),
        2 => (batch(), users()).prop_map(|(batch, users)| BatchStep::AppendSegment(batch, users)),
    ]
}

fn waitlist_step() -> impl Strategy<Value = WaitlistStep> {
    let products = prop::sample::subsequence(vec![SUITE, LITE, ADDON], 1..=2);
    prop_oneof![
        4 => (users(), products).prop_map(|(users, products)| WaitlistStep::Join(users, products)),
        1 => (user(), 1..9_i64).prop_map(|(user, change)| WaitlistStep::Leave(user, change)),
        1 => (user(), product(), -2..3_i32)
            .prop_map(|(user, product, priority)| WaitlistStep::Prioritize(user, product, priority)),
        1 => Just(WaitlistStep::TakeDirtyQueues),
    ]
}

/// Distinct users, in either order.
fn users() -> impl Strategy<Value = Vec<i64>> {
    let distinct = prop::collection::btree_set(user(), 1..6);
    (distinct, any::<bool>()).prop_map(|(users, backwards)| {
        let mut users: Vec<_> = users.into_iter().collect();
        if backwards {
            users.reverse();
        }
        users
    })
}

fn user() -> impl Strategy<Value = i64> {
    1..12_i64
}

fn batch() -> impl Strategy<Value = i64> {
    1..4_i64
}

fn product() -> impl Strategy<Value = ProductKey> {
    prop::sample::select(vec![SUITE, LITE, ADDON])
}

fn state() -> impl Strategy<Value = BatchState> {
    prop::sample::select(vec![
        BatchState::Preparing,
        BatchState::Running,
        BatchState::Succeeded,
        BatchState::Cancelled,
    ])
}
