use proptest::prelude::{Just, Strategy};
use seatkeeper_domain::{
    HeldLicense, Member, MemberState, ProductKey, RelevantProducts, UsageLocation, UserFacts,
    UserKey, UserState,
};
use seatkeeper_store::{LoadedChunk, NewUser, Selected, SelectedUser};

use crate::decisions::{assigned, changes, plans};
use crate::fixture::{
    ADDON, Fixture, LITE, SUITE, assert_corrupt, at, known, member, new_user, principal, unknown,
    user_id,
};
use crate::generated::values;
use crate::stores::on_every_store;

/// A member with its state in the chunk.
type Loaded = (Member, Option<(UserFacts, Vec<HeldLicense>)>);

on_every_store! {
    async fn a_chunk_without_users_is_empty(fixture: Fixture) {
        let chunk = fixture.store.load_chunk(fixture.customer, &[], &RelevantProducts::All).await.unwrap();
        assert_eq!(chunk, LoadedChunk::default());
        let mut tx = fixture.lock().await;
        assert_eq!(tx.load_chunk(&[], &RelevantProducts::All).await.unwrap(), LoadedChunk::default());
    }

    async fn a_member_comes_with_state_location_and_licenses(fixture: Fixture) {
        let blocked = NewUser {
            usage_location: Some(UsageLocation::parse("IN").unwrap()),
            state: UserState::Blocked,
            ..new_user("bob")
        };
        fixture.add(vec![new_user("ann"), blocked]).await;
        fixture.entitle(&[SUITE, ADDON]).await;
        let held = vec![assigned(ADDON, &[]), assigned(SUITE, &[0, 64, 700])];
        let changes = changes(vec![(member(UserKey(2), "bob"), held)]);
        let mut tx = fixture.lock().await;
        tx.record_licenses(at(4), &principal(), changes).await.unwrap();
        let selected = [known(UserKey(2)), known(UserKey(1))];
        let inside = unfold(tx.load_chunk(&selected, &RelevantProducts::All).await.unwrap());
        tx.commit().await.unwrap();
        let bob = UserFacts {
            state: UserState::Blocked,
            usage_location: Some(UsageLocation::parse("IN").unwrap()),
        };
        let ann = UserFacts { state: UserState::Active, usage_location: None };
        let licenses = vec![
            HeldLicense { product: SUITE, disabled_plans: plans(&[0, 64, 700]) },
            HeldLicense { product: ADDON, disabled_plans: plans(&[]) },
        ];
        let expected = [
            (member(UserKey(2), "bob"), Some((bob, licenses))),
            (member(UserKey(1), "ann"), Some((ann, Vec::new()))),
        ];
        assert_eq!(inside, expected);
        assert_eq!(load(&fixture, &selected).await, expected);
    }

    async fn of_what_is_held_the_relevant_products_come_alone(fixture: Fixture) {
        let names: Vec<String> = (1..=40).map(|number| format!("u{number}")).collect();
        fixture.add(names.iter().map(|name| new_user(name)).collect()).await;
        fixture.entitle(&[SUITE, LITE, ADDON]).await;
        let users: Vec<_> = (1..).map(UserKey).zip(names.iter().map(String::as_str)).collect();
        for product in [SUITE, LITE, ADDON] {
            fixture.assign(&users, product).await;
        }
        let neighbors: Vec<_> = (3..=6).map(|key| known(UserKey(key))).collect();
        let apart = [1, 40].map(|key| known(UserKey(key)));
        for relevant in [vec![], vec![LITE], vec![SUITE, ADDON], vec![SUITE, ProductKey(99)]] {
            let mut relevant = relevant;
            relevant.sort_unstable();
            let mut expected = relevant.clone();
            expected.retain(|product| [SUITE, LITE, ADDON].contains(product));
            let relevant = RelevantProducts::Only(relevant.into());
            for selected in [neighbors.as_slice(), &apart] {
                let outside = fixture.store.load_chunk(fixture.customer, selected, &relevant).await;
                let mut tx = fixture.lock().await;
                let inside = tx.load_chunk(selected, &relevant).await;
                for (_, found) in [inside, outside].into_iter().flat_map(|loaded| unfold(loaded.unwrap())) {
                    let held = found.unwrap().1.into_iter().map(|license| license.product);
                    assert_eq!(held.collect::<Vec<_>>(), expected);
                }
            }
        }
    }

    async fn a_user_deleted_since_keeps_the_identifier_they_had(fixture: Fixture) {
        fixture.add_users(&["ann", "bob"]).await;
        fixture.delete_user(UserKey(1)).await;
        fixture.add_users(&["ann"]).await;
        let selected = [known(UserKey(1)), known(UserKey(3))];
        let loaded = load(&fixture, &selected).await;
        assert_eq!(loaded[0], (member(UserKey(1), "ann"), None));
        assert_eq!(loaded[1].0, member(UserKey(3), "ann"));
        assert!(loaded[1].1.is_some());
    }

    async fn an_unknown_member_stays_unknown_even_if_a_user_came_later(fixture: Fixture) {
        fixture.add_users(&["ann"]).await;
        let selected = [Selected { request_index: Some(4), ..unknown("ann") }, unknown("bob")];
        let nobody = |id: &str, request_index| Member {
            user: None,
            user_id: user_id(id),
            request_index,
        };
        let expected = [(nobody("ann", Some(4)), None), (nobody("bob", None), None)];
        assert_eq!(load(&fixture, &selected).await, expected);
    }

    async fn a_member_named_twice_comes_twice(fixture: Fixture) {
        fixture.add_users(&["ann", "bob"]).await;
        let selected = [2, 1, 2, 2, 1].map(|key| known(UserKey(key)));
        let loaded = load(&fixture, &selected).await;
        let keys: Vec<_> = loaded.iter().map(|(member, _)| member.user.unwrap().0).collect();
        assert_eq!(keys, [2, 1, 2, 2, 1]);
        assert!(loaded.iter().all(|(_, found)| found.is_some()));
    }

    async fn a_member_named_twice_holds_what_they_hold_once(fixture: Fixture) {
        let names: Vec<String> = (1..=40).map(|number| format!("u{number}")).collect();
        fixture.add(names.iter().map(|name| new_user(name)).collect()).await;
        fixture.entitle(&[SUITE]).await;
        fixture.assign(&[(UserKey(1), "u1"), (UserKey(40), "u40")], SUITE).await;
        let selected = [40, 1, 40, 1].map(|key| known(UserKey(key)));
        for (_, found) in load(&fixture, &selected).await {
            let held: Vec<_> = found.unwrap().1.into_iter().map(|license| license.product).collect();
            assert_eq!(held, [SUITE]);
        }
    }

    async fn a_key_that_was_never_given_out_is_corrupt(fixture: Fixture) {
        fixture.add_users(&["ann"]).await;
        let selected = [known(UserKey(1)), known(UserKey(2))];
        assert_corrupt(fixture.store.load_chunk(fixture.customer, &selected, &RelevantProducts::All).await);
    }

    async fn equal_holdings_are_kept_once(fixture: Fixture) {
        fixture.add_users(&["a", "b", "c", "d", "e"]).await;
        fixture.entitle(&[SUITE, LITE]).await;
        fixture.assign(&[(UserKey(1), "a"), (UserKey(2), "b"), (UserKey(4), "d")], SUITE).await;
        fixture.assign(&[(UserKey(4), "d")], LITE).await;
        let selected = [1, 2, 3, 4, 5].map(|key| known(UserKey(key)));
        let chunk = fixture.store.load_chunk(fixture.customer, &selected, &RelevantProducts::All).await.unwrap();
        assert_eq!(chunk.state.holdings.len(), 3);
    }

    async fn seven_thousand_users_load_in_the_callers_own_order(fixture: Fixture) {
        const COUNT: i64 = 7_000;
        let names: Vec<String> = (1..=COUNT).map(|number| format!("u{number}")).collect();
        fixture.add(names.iter().map(|name| new_user(name)).collect()).await;
        fixture.entitle(&[SUITE, LITE]).await;
        let holders = (1..).map(UserKey).zip(&names).filter(|(key, _)| is_holder(key.0));
        let decided = holders.map(|(key, name)| {
            let plan = u32::try_from(key.0 % 40).unwrap();
            (member(key, name), vec![assigned(SUITE, &[plan]), assigned(LITE, &[])])
        });
        let mut tx = fixture.lock().await;
        tx.record_licenses(at(4), &principal(), changes(decided.collect())).await.unwrap();
        for leaver in (1..=COUNT).filter(|&key| has_left(key)) {
            tx.delete_user(UserKey(leaver)).await.unwrap();
        }
        tx.commit().await.unwrap();
        for selected in [shuffled(COUNT), sparse(COUNT)] {
            let expected = selected.iter().map(|one| expected_of(one, &names));
            let expected: Vec<_> = expected.collect();
            let loaded = load(&fixture, &selected).await;
            let first = loaded.iter().zip(&expected).find(|(loaded, expected)| loaded != expected);
            assert_eq!(first, None);
            assert_eq!(loaded.len(), expected.len());
            let mut tx = fixture.lock().await;
            assert!(unfold(tx.load_chunk(&selected, &RelevantProducts::All).await.unwrap()) == expected);
        }
    }
}

/// All users in random order, with unknown identifiers in between.
fn shuffled(count: i64) -> Vec<Selected> {
    let keys: Vec<i64> = (1..=count).collect();
    let order = values(&Just(keys).prop_shuffle(), 1).remove(0);
    let selected = order.into_iter().zip(0..).map(|(key, index)| {
        let one = if key % 100 == 7 {
            unknown("stranger")
        } else {
            known(UserKey(key))
        };
        Selected {
            request_index: Some(index),
            ..one
        }
    });
    selected.collect()
}

/// Few users, far apart, in descending order; some of them were deleted.
fn sparse(count: i64) -> Vec<Selected> {
    let keys = (1..=count).rev().filter(|key| key % 175 == 1);
    keys.map(|key| known(UserKey(key))).collect()
}

/// The expected state of a selected user, by the rules of the big directory above.
fn expected_of(one: &Selected, names: &[String]) -> Loaded {
    let (user, id) = match &one.user {
        SelectedUser::Known(key) => (
            Some(*key),
            user_id(&names[usize::try_from(key.0).unwrap() - 1]),
        ),
        SelectedUser::Unknown(id) => (None, id.clone()),
    };
    let member = Member {
        user,
        user_id: id,
        request_index: one.request_index,
    };
    let found = user.filter(|key| !has_left(key.0)).map(|key| {
        let facts = UserFacts {
            state: UserState::Active,
            usage_location: None,
        };
        (facts, held(key))
    });
    (member, found)
}

fn has_left(key: i64) -> bool {
    key % 350 == 1
}

fn is_holder(key: i64) -> bool {
    key % 3 == 0 && !has_left(key)
}

fn held(user: UserKey) -> Vec<HeldLicense> {
    if !is_holder(user.0) {
        return Vec::new();
    }
    let plan = u32::try_from(user.0 % 40).unwrap();
    vec![
        HeldLicense {
            product: SUITE,
            disabled_plans: plans(&[plan]),
        },
        HeldLicense {
            product: LITE,
            disabled_plans: plans(&[]),
        },
    ]
}

async fn load(fixture: &Fixture, selected: &[Selected]) -> Vec<Loaded> {
    let chunk = fixture
        .store
        .load_chunk(fixture.customer, selected, &RelevantProducts::All)
        .await;
    unfold(chunk.unwrap())
}

/// A chunk with each user's own copy of the holding; the order of holdings is not part of the
/// contract.
pub(crate) fn unfold(chunk: LoadedChunk) -> Vec<Loaded> {
    let LoadedChunk { members, state, .. } = chunk;
    assert_eq!(members.len(), state.members.len());
    let holdings = &state.holdings;
    let states = state.members.iter().map(|found| match *found {
        MemberState::NotFound => None,
        MemberState::Found { facts, holding } => {
            Some((facts, holdings[holding.0 as usize].licenses.clone()))
        }
    });
    members.into_iter().zip(states).collect()
}
