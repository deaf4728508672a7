//! Random small fixtures in plain maps and sets, with many rules, conflicts and shortages.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use seatkeeper_domain::BatchMode;

pub(crate) type Plans = BTreeSet<u32>;

/// Plan keys on both sides of word borders in a bit set.
const PLANS: [u32; 8] = [0, 1, 2, 62, 63, 64, 65, 130];
/// Products of the catalog.
const PRODUCTS: [u32; 6] = [0, 1, 2, 3, 4, 5];
/// A product that some users hold and the catalog does not have.
const UNKNOWN_PRODUCT: u32 = 9;
const LOCATIONS: [&str; 3] = ["AA", "BB", "CC"];

#[derive(Debug, Clone)]
pub(crate) struct Fixture {
    pub(crate) catalog: PlainCatalog,
    pub(crate) change: PlainChange,
    pub(crate) mode: BatchMode,
    pub(crate) report_licenses: bool,
    pub(crate) waits_for_seats: bool,
    pub(crate) chunks: Vec<PlainChunk>,
}

#[derive(Debug, Clone)]
pub(crate) struct PlainCatalog {
    pub(crate) products: BTreeMap<u32, PlainProduct>,
    pub(crate) company_plans: Plans,
    pub(crate) groups: Vec<PlainGroup>,
    pub(crate) dependencies: Vec<(u32, Plans)>,
    pub(crate) prohibited_products: BTreeSet<(u32, &'static str)>,
    pub(crate) prohibited_plans: BTreeSet<(u32, &'static str)>,
}

#[derive(Debug, Clone)]
pub(crate) struct PlainProduct {
    pub(crate) plans: Plans,
    pub(crate) company: bool,
    pub(crate) retired: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum PlainGroup {
    Plans(Plans),
    Products(BTreeSet<u32>),
}

#[derive(Debug, Clone)]
pub(crate) struct PlainChange {
    pub(crate) assign: Vec<PlainAssignment>,
    pub(crate) revoke: Vec<u32>,
}

#[derive(Debug, Clone)]
pub(crate) struct PlainAssignment {
    pub(crate) product: u32,
    pub(crate) disabled: Plans,
    pub(crate) keep: bool,
}

/// Users decided together, after a purchase or a lapse changed the pools.
#[derive(Debug, Clone)]
pub(crate) struct PlainChunk {
    pub(crate) pools: BTreeMap<u32, PlainPool>,
    /// `None` for a user that the directory does not have.
    pub(crate) users: Vec<Option<PlainUser>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlainPool {
    pub(crate) entitled: bool,
    pub(crate) assignable: bool,
    pub(crate) active: i64,
    pub(crate) assigned: i64,
    pub(crate) available: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct PlainUser {
    pub(crate) blocked: bool,
    pub(crate) location: Option<&'static str>,
    /// The disabled plans of each product held.
    pub(crate) held: BTreeMap<u32, Plans>,
}

fn some_of<T: Clone + std::fmt::Debug + Ord + 'static>(
    all: &[T],
    most: usize,
) -> impl Strategy<Value = BTreeSet<T>> + use<T> {
    subsequence(all.to_vec(), 0..=most).prop_map(|some| some.into_iter().collect())
}

fn product() -> impl Strategy<Value = PlainProduct> {
    (
        subsequence(PLANS.to_vec(), 1..=6).prop_map(|plans| plans.into_iter().collect()),
        proptest::bool::weighted(0.05),
        proptest::bool::weighted(0.05),
    )
        .prop_map(|(plans, company, retired)| PlainProduct {
            plans,
            company,
            retired,
        })
}

fn group() -> impl Strategy<Value = PlainGroup> {
    prop_oneof![
        3 => some_of(&PLANS, 3).prop_map(PlainGroup::Plans),
        1 => some_of(&PRODUCTS, 3).prop_map(PlainGroup::Products),
    ]
}

fn dependency() -> impl Strategy<Value = (u32, Plans)> {
    (
        select(&PLANS[..]),
        subsequence(PLANS.to_vec(), 1..=3).prop_map(|needs| needs.into_iter().collect()),
    )
}

fn prohibited(keys: &'static [u32]) -> impl Strategy<Value = BTreeSet<(u32, &'static str)>> {
    proptest::collection::btree_set((select(keys), select(&LOCATIONS[..])), 0..=2)
}

fn catalog() -> impl Strategy<Value = PlainCatalog> {
    (
        proptest::collection::vec(product(), PRODUCTS.len()),
        some_of(&PLANS, 2),
        proptest::collection::vec(group(), 0..=2),
        proptest::collection::vec(dependency(), 0..=3),
        prohibited(&PRODUCTS),
        prohibited(&PLANS),
    )
        .prop_map(
            |(products, company_plans, groups, dependencies, prohibited_products, plans)| {
                PlainCatalog {
                    products: PRODUCTS.into_iter().zip(products).collect(),
                    company_plans,
                    groups,
                    dependencies,
                    prohibited_products,
                    prohibited_plans: plans,
                }
            },
        )
}

/// A few lists of disabled plans, shared by assignments and licenses, so that many assignments
/// change nothing. Some lists contain stale plans that their product does not have.
fn disabled_lists() -> impl Strategy<Value = Vec<Plans>> {
    proptest::collection::vec(some_of(&PLANS, 6), 2)
        .prop_map(|lists| lists.into_iter().chain([Plans::new()]).collect())
}

fn change() -> impl Strategy<Value = (Vec<u32>, usize, Vec<(Index, bool)>)> {
    (
        subsequence(PRODUCTS.to_vec(), 1..=4).prop_shuffle(),
        any::<Index>(),
        proptest::collection::vec(
            (any::<Index>(), proptest::bool::weighted(0.6)),
            PRODUCTS.len(),
        ),
    )
        .prop_map(|(products, split, details)| {
            let assigned = split.index(products.len() + 1);
            (products, assigned, details)
        })
}

fn user() -> impl Strategy<Value = (bool, Option<&'static str>, BTreeMap<u32, Index>)> {
    let held: Vec<u32> = PRODUCTS.into_iter().chain([UNKNOWN_PRODUCT]).collect();
    (
        proptest::bool::weighted(0.08),
        proptest::option::weighted(0.93, select(&LOCATIONS[..])),
        some_of(&held, 4).prop_flat_map(|held| {
            let len = held.len();
            proptest::collection::vec(any::<Index>(), len)
                .prop_map(move |lists| held.iter().copied().zip(lists).collect())
        }),
    )
}

fn pool() -> impl Strategy<Value = PlainPool> {
    (0..16_u8, -1..=6_i64, 0..=3_i64, -2..=2_i64).prop_map(|(kind, available, assigned, grace)| {
        PlainPool {
            entitled: kind != 0,
            assignable: kind > 1,
            active: (assigned + available - grace).max(0),
            assigned,
            available,
        }
    })
}

fn pools(most: usize) -> impl Strategy<Value = BTreeMap<u32, PlainPool>> {
    let least = if most == PRODUCTS.len() { 5 } else { 0 };
    (
        subsequence(PRODUCTS.to_vec(), least..=most),
        proptest::collection::vec(pool(), PRODUCTS.len()),
    )
        .prop_map(|(products, pools)| products.into_iter().zip(pools).collect())
}

/// The users of each chunk are chosen from a few shared ones.
fn chunks() -> impl Strategy<Value = Vec<(BTreeMap<u32, PlainPool>, Vec<Index>)>> {
    let users = || proptest::collection::vec(any::<Index>(), 0..=6);
    (
        (pools(PRODUCTS.len()), users()),
        proptest::collection::vec((pools(1), users()), 0..=2),
    )
        .prop_map(|(first, more)| std::iter::once(first).chain(more).collect())
}

pub(crate) fn mode() -> impl Strategy<Value = BatchMode> {
    prop_oneof![
        2 => Just(BatchMode::PerUser),
        3 => Just(BatchMode::PerLicense),
        1 => Just(BatchMode::AllOrNothing),
    ]
}

pub(crate) fn fixtures() -> impl Strategy<Value = Fixture> {
    let users = proptest::collection::vec(proptest::option::weighted(0.95, user()), 1..=4);
    (
        catalog(),
        disabled_lists(),
        change(),
        users,
        chunks(),
        (mode(), any::<bool>(), any::<bool>()),
    )
        .prop_map(
            |(catalog, lists, change, users, chunks, (mode, report_licenses, waits_for_seats))| {
                let users: Vec<Option<PlainUser>> = users
                    .into_iter()
                    .map(|user| user.map(|user| plain_user(user, &lists)))
                    .collect();
                Fixture {
                    change: plain_change(change, &lists),
                    catalog,
                    mode,
                    report_licenses,
                    waits_for_seats,
                    chunks: chunks
                        .into_iter()
                        .map(|(pools, picks)| PlainChunk {
                            pools,
                            users: picks.iter().map(|pick| pick.get(&users).clone()).collect(),
                        })
                        .collect(),
                }
            },
        )
}

fn plain_user(
    (blocked, location, held): (bool, Option<&'static str>, BTreeMap<u32, Index>),
    lists: &[Plans],
) -> PlainUser {
    PlainUser {
        blocked,
        location,
        held: held
            .into_iter()
            .map(|(product, list)| (product, list.get(lists).clone()))
            .collect(),
    }
}

fn plain_change(
    (products, assigned, details): (Vec<u32>, usize, Vec<(Index, bool)>),
    lists: &[Plans],
) -> PlainChange {
    let (assign, revoke) = products.split_at(assigned);
    PlainChange {
        assign: assign
            .iter()
            .zip(details)
            .map(|(&product, (list, keep))| PlainAssignment {
                product,
                disabled: list.get(lists).clone(),
                keep,
            })
            .collect(),
        revoke: revoke.to_vec(),
    }
}
