//! Users and filters generated from a fixed seed. Their texts are made of few different pieces, so
//! that they collide, tie and match.

use proptest::prelude::{Just, Strategy, any, prop, prop_oneof};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use seatkeeper_domain::{
    ProductKey, TextMatch, UsageLocation, User, UserFilter, UserKey, UserState, UserTextField,
    fold_case,
};

use crate::decisions::{assigned, changes};
use crate::fixture::{ADDON, Fixture, LITE, SUITE, at, member, new_user, principal};

/// Letters with and without case folding, wildcards, all kinds of quotes, and characters at the
/// ends of the encoding ranges.
const PIECES: [&str; 24] = [
    "a",
    "A",
    "b",
    "B",
    "z",
    "Z",
    "ä",
    "Ä",
    "é",
    "ß",
    "%",
    "_",
    "\\",
    "'",
    "\"",
    "*",
    " ",
    "\u{7f}",
    "\u{80}",
    "\u{7ff}",
    "\u{d7ff}",
    "\u{e000}",
    "😀",
    "\u{10ffff}",
];

const PRODUCTS: [ProductKey; 3] = [SUITE, LITE, ADDON];

/// Generates `count` values of a strategy, the same in every run.
pub(crate) fn values<S: Strategy>(strategy: &S, count: usize) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    let draw = |_| strategy.new_tree(&mut runner).unwrap().current();
    (0..count).map(draw).collect()
}

/// Adds `count` users to the directory, assigns licenses to some, and deletes a few.
pub(crate) async fn populate(fixture: &Fixture, count: usize) {
    let drawn = values(&user(), count);
    let names: Vec<String> = (1..=count).map(|number| format!("u{number}")).collect();
    fixture
        .add(names.iter().map(|name| new_user(name)).collect())
        .await;
    fixture.entitle(&PRODUCTS).await;
    let mut tx = fixture.lock().await;
    let mut users = Vec::new();
    let mut decided = Vec::new();
    for ((key, name), (user, held)) in (1..).map(UserKey).zip(&names).zip(drawn) {
        let products: Vec<_> = held.iter().map(|&product| assigned(product, &[])).collect();
        if !products.is_empty() {
            decided.push((member(key, name), products));
        }
        users.push(User { key, ..user });
    }
    tx.update_users(&users).await.unwrap();
    tx.record_licenses(at(5), &principal(), changes(decided))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let holders: Vec<_> = fixture
        .licenses()
        .await
        .into_iter()
        .map(|held| held.user)
        .collect();
    let idle = users
        .iter()
        .map(|user| user.key)
        .filter(|key| !holders.contains(key));
    for user in idle.step_by(7) {
        fixture.delete_user(user).await;
    }
}

/// The users that a filter matches, given the licenses that the store returns.
pub(crate) async fn matching(fixture: &Fixture, filter: Option<&UserFilter>) -> Vec<User> {
    let licenses = fixture.licenses().await;
    let held: Vec<_> = licenses
        .iter()
        .map(|held| (held.user, held.held.product))
        .collect();
    let mut users = fixture.users().await;
    users.retain(|user| {
        let holds = |product| held.contains(&(user.key, product));
        let holds_any = held.iter().any(|&(holder, _)| holder == user.key);
        filter.is_none_or(|filter| filter.matches(user, holds, holds_any))
    });
    users
}

/// A user without a key, and the products that the user holds.
fn user() -> impl Strategy<Value = (User, Vec<ProductKey>)> {
    let texts = (text(), text(), text(), text());
    let held = prop::sample::subsequence(PRODUCTS.to_vec(), 0..=2);
    (texts, location(), state(), 0..4_i64, held).prop_map(
        |(texts, location, state, micros, held)| {
            let (display_name, sign_in_name, department, job_title) = texts;
            let user = User {
                display_name,
                sign_in_name,
                department,
                job_title,
                usage_location: location,
                state,
                update_time: at(micros),
                ..new_user("u").into_user(UserKey(0))
            };
            (user, held)
        },
    )
}

/// A filter of any shape.
pub(crate) fn filter() -> impl Strategy<Value = UserFilter> {
    leaf().prop_recursive(3, 12, 3, |inner| {
        let members = prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            members.clone().prop_map(UserFilter::And),
            members.prop_map(UserFilter::Or),
            inner.prop_map(|inner| UserFilter::Not(Box::new(inner))),
        ]
    })
}

fn leaf() -> impl Strategy<Value = UserFilter> {
    let field = prop::sample::select(UserTextField::ALL.to_vec());
    let products = prop::sample::select([SUITE, LITE, ADDON, ProductKey(5)].to_vec());
    prop_oneof![
        4 => (field, matcher()).prop_map(|(field, matcher)| UserFilter::Text { field, matcher }),
        1 => location().prop_map(UserFilter::Location),
        1 => state().prop_map(UserFilter::State),
        1 => products.prop_map(UserFilter::Holds),
        1 => Just(UserFilter::HoldsAny),
    ]
}

fn matcher() -> impl Strategy<Value = TextMatch> {
    (any::<bool>(), text()).prop_map(|(whole, text)| {
        let folded = fold_case(&text);
        if whole {
            TextMatch::Equals(folded)
        } else {
            TextMatch::Prefix(folded)
        }
    })
}

pub(crate) fn text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(PIECES.to_vec());
    prop::collection::vec(piece, 0..3).prop_map(|pieces| pieces.concat())
}

fn location() -> impl Strategy<Value = Option<UsageLocation>> {
    prop::sample::select(vec![None, Some("CH"), Some("IN")])
        .prop_map(|code| code.map(|code| UsageLocation::parse(code).unwrap()))
}

fn state() -> impl Strategy<Value = UserState> {
    prop::sample::select(vec![UserState::Active, UserState::Blocked])
}
