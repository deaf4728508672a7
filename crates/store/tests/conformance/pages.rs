use std::sync::atomic::{AtomicUsize, Ordering};

use seatkeeper_domain::{
    TextMatch, User, UserFilter, UserKey, UserOrder, UserOrderField, UserState, UserTextField,
};
use seatkeeper_store::{NewUser, PageStart, UserCursor, UserPageQuery};

use crate::fixture::{ALL, Fixture, at, new_user};
use crate::generated::{matching, populate};
use crate::stores::on_every_store;

on_every_store! {
    async fn pages_from_the_first_on_walk_every_order(fixture: Fixture) {
        populate(&fixture, 60).await;
        for (order, filter) in orders_and_filters() {
            let expected = sorted(&fixture, order, filter.as_ref()).await;
            for limit in [1, 7, expected.len().max(1), ALL] {
                let mut walked: Vec<User> = Vec::new();
                let mut start = PageStart::First;
                loop {
                    let page = page(&fixture, order, filter.clone(), start, limit).await;
                    assert!(page.len() <= limit);
                    let Some(last) = page.last() else { break };
                    start = PageStart::After(cursor(order, last));
                    walked.extend(page);
                }
                assert_eq!(walked, expected, "{order:?} {filter:?} by {limit}");
            }
        }
    }

    async fn pages_from_the_last_back_walk_every_order(fixture: Fixture) {
        populate(&fixture, 60).await;
        for (order, filter) in orders_and_filters() {
            let expected = sorted(&fixture, order, filter.as_ref()).await;
            for limit in [1, 7, expected.len().max(1), ALL] {
                let mut walked: Vec<User> = Vec::new();
                let mut start = PageStart::Last;
                loop {
                    let page = page(&fixture, order, filter.clone(), start, limit).await;
                    assert!(page.len() <= limit);
                    let Some(first) = page.first() else { break };
                    start = PageStart::Before(cursor(order, first));
                    walked.splice(0..0, page);
                }
                assert_eq!(walked, expected, "{order:?} {filter:?} by {limit}");
            }
        }
    }

    async fn a_page_may_start_at_any_user(fixture: Fixture) {
        populate(&fixture, 40).await;
        for order in orders() {
            let users = sorted(&fixture, order, None).await;
            for (index, user) in users.iter().enumerate() {
                let after = PageStart::After(cursor(order, user));
                let expected: Vec<_> = users.iter().skip(index + 1).take(3).cloned().collect();
                assert_eq!(page(&fixture, order, None, after, 3).await, expected, "{order:?}");
                let before = PageStart::Before(cursor(order, user));
                let expected = &users[index.saturating_sub(3)..index];
                assert_eq!(page(&fixture, order, None, before, 3).await, expected, "{order:?}");
            }
        }
    }

    async fn a_page_starts_beside_a_user_who_has_left(fixture: Fixture) {
        populate(&fixture, 100).await;
        for order in orders() {
            let users = sorted(&fixture, order, None).await;
            let holders: Vec<_> = fixture.licenses().await.iter().map(|held| held.user).collect();
            let is_idle = |user: &User| !holders.contains(&user.key);
            let index = users.iter().skip(5).position(is_idle).unwrap() + 5;
            fixture.delete_user(users[index].key).await;
            let gone = cursor(order, &users[index]);
            let following = page(&fixture, order, None, PageStart::After(gone.clone()), 2).await;
            let expected: Vec<_> = users.iter().skip(index + 1).take(2).cloned().collect();
            assert_eq!(following, expected);
            let preceding = page(&fixture, order, None, PageStart::Before(gone), 2).await;
            assert_eq!(preceding, &users[index.saturating_sub(2)..index]);
        }
    }

    async fn a_walk_meets_each_user_who_stays_once_while_others_come_and_go(fixture: Fixture) {
        for order in orders() {
            for forward in [true, false] {
                let names = ["b", "c", "c", "", "e", "f", "b", "h", "", "j", "k", "l"];
                let users = names.iter().enumerate().map(|(index, name)| named(order, index, name));
                let keys = fixture.add(users.collect()).await;
                let mut stay = fixture.users().await;
                let mut leave: Vec<_> = keys.iter().skip(1).step_by(3).copied().collect();
                stay.retain(|user| !leave.contains(&user.key));
                let mut walked: Vec<User> = Vec::new();
                let mut start = if forward { PageStart::First } else { PageStart::Last };
                loop {
                    let page = page(&fixture, order, None, start, 2).await;
                    let last = if forward { page.last() } else { page.first() };
                    let Some(last) = last else { break };
                    let cursor = cursor(order, last);
                    start = if forward { PageStart::After(cursor) } else { PageStart::Before(cursor) };
                    walked.extend(page);
                    if let Some(leaver) = leave.pop() {
                        fixture.delete_user(leaver).await;
                        let newcomers = ["a", "c", "z"].map(|name| named(order, walked.len(), name));
                        fixture.add(newcomers.into()).await;
                    }
                }
                let mut keys: Vec<_> = walked.iter().map(|user| user.key).collect();
                keys.sort_unstable();
                assert!(keys.is_sorted_by(|a, b| a < b), "returned twice: {order:?} {walked:?}");
                let missed = stay.iter().find(|user| !keys.contains(&user.key));
                assert_eq!(missed, None, "{order:?}");
            }
        }
    }

    async fn a_page_may_start_at_a_key_that_never_existed(fixture: Fixture) {
        populate(&fixture, 40).await;
        let cursors = [
            (UserOrderField::DirectoryOrder, UserCursor::Directory(UserKey(i64::MAX))),
            (UserOrderField::DirectoryOrder, UserCursor::Directory(UserKey(0))),
            (UserOrderField::DisplayName, UserCursor::Text("m".to_owned(), UserKey(20))),
            (UserOrderField::DisplayName, UserCursor::Text("ä".to_owned(), UserKey(0))),
            (UserOrderField::SignInName, UserCursor::Text(String::new(), UserKey(0))),
            (UserOrderField::SignInName, UserCursor::Text("a%'".to_owned(), UserKey(3))),
            (UserOrderField::UpdateTime, UserCursor::Time(at(2), UserKey(i64::MAX))),
            (UserOrderField::UpdateTime, UserCursor::Time(at(-9), UserKey(1))),
        ];
        for (field, given) in cursors {
            for descending in [false, true] {
                let order = UserOrder { field, descending };
                let users = sorted(&fixture, order, None).await;
                let (before, after): (Vec<_>, Vec<_>) = users
                    .into_iter()
                    .partition(|user| (rank(&cursor(order, user)) < rank(&given)) != descending);
                let following = PageStart::After(given.clone());
                assert_eq!(page(&fixture, order, None, following, ALL).await, after);
                let preceding = PageStart::Before(given.clone());
                assert_eq!(page(&fixture, order, None, preceding, ALL).await, before);
            }
        }
    }

    async fn listed_users_are_paged_in_every_order(fixture: Fixture) {
        populate(&fixture, 40).await;
        let chosen: Vec<User> =
            fixture.users().await.into_iter().filter(|user| user.key.0 % 3 == 0).collect();
        let mut asked: Vec<UserKey> = chosen.iter().map(|user| user.key).collect();
        asked.push(UserKey(4_000));
        for order in orders() {
            let mut expected = chosen.clone();
            expected.sort_by(|a, b| order.compare(a, b));
            let middle = UserCursor::of(&expected[5], order);
            for (start, expected) in [
                (PageStart::First, &expected[..4]),
                (PageStart::After(middle.clone()), &expected[6..10]),
                (PageStart::Before(middle), &expected[1..5]),
                (PageStart::Last, &expected[expected.len() - 4..]),
            ] {
                let query = query(order, None, start, 4);
                let page = fixture.store.list_users_of(fixture.customer, &asked, &query).await;
                assert_eq!(page.unwrap(), expected, "{query:?}");
            }
        }
        let query = query(UserOrder::default(), None, PageStart::First, 4);
        let nobody = fixture.store.list_users_of(fixture.customer, &[], &query).await;
        assert_eq!(nobody.unwrap(), []);
    }

    async fn a_page_of_keys_follows_its_direction_and_continues_from_its_end(fixture: Fixture) {
        populate(&fixture, 40).await;
        for order in orders() {
            let mut expected = fixture.users().await;
            expected.sort_by(|a, b| order.compare(a, b));
            let mut expected: Vec<_> = expected.iter().map(|user| user.key).collect();
            let forwards = walk(&fixture, order, PageStart::First, PageStart::After).await;
            assert_eq!(forwards, expected, "{order:?}");
            let backwards = walk(&fixture, order, PageStart::Last, PageStart::Before).await;
            expected.reverse();
            assert_eq!(backwards, expected, "{order:?}");
        }
    }

    async fn an_empty_directory_has_empty_pages(fixture: Fixture) {
        for order in orders() {
            assert!(page(&fixture, order, None, PageStart::First, 5).await.is_empty());
            assert!(page(&fixture, order, None, PageStart::Last, 5).await.is_empty());
        }
    }
}

/// A user with this name in every text column that users are sorted by, created at a time that many
/// users share. A counter makes the identifier unique.
fn named(order: UserOrder, index: usize, name: &str) -> NewUser {
    static COUNTER: AtomicUsize = AtomicUsize::new(0);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let time = if order.descending { index } else { index / 4 };
    NewUser {
        display_name: name.to_owned(),
        sign_in_name: name.to_owned(),
        create_time: at(i64::try_from(time).unwrap()),
        ..new_user(&format!("w{number}"))
    }
}

async fn page(
    fixture: &Fixture,
    order: UserOrder,
    filter: Option<UserFilter>,
    start: PageStart<UserCursor>,
    limit: usize,
) -> Vec<User> {
    let query = query(order, filter, start, limit);
    fixture
        .store
        .list_users(fixture.customer, &query)
        .await
        .unwrap()
}

fn query(
    order: UserOrder,
    filter: Option<UserFilter>,
    start: PageStart<UserCursor>,
    limit: usize,
) -> UserPageQuery {
    UserPageQuery {
        filter,
        order,
        start,
        limit,
    }
}

async fn walk(
    fixture: &Fixture,
    order: UserOrder,
    mut start: PageStart<UserCursor>,
    on: fn(UserCursor) -> PageStart<UserCursor>,
) -> Vec<UserKey> {
    let mut users = Vec::new();
    loop {
        let query = query(order, None, start, 7);
        let keys = fixture
            .store
            .list_user_keys(fixture.customer, &query)
            .await
            .unwrap();
        users.extend(&keys.users);
        let Some(end) = keys.end else {
            assert!(keys.users.is_empty());
            return users;
        };
        start = on(end);
    }
}

/// The matching users, sorted by the domain's comparison.
async fn sorted(fixture: &Fixture, order: UserOrder, filter: Option<&UserFilter>) -> Vec<User> {
    let mut users = matching(fixture, filter).await;
    users.sort_by(|a, b| order.compare(a, b));
    users
}

fn cursor(order: UserOrder, user: &User) -> UserCursor {
    UserCursor::of(user, order)
}

fn orders() -> Vec<UserOrder> {
    [
        UserOrderField::DirectoryOrder,
        UserOrderField::DisplayName,
        UserOrderField::SignInName,
        UserOrderField::UpdateTime,
    ]
    .into_iter()
    .flat_map(|field| [false, true].map(|descending| UserOrder { field, descending }))
    .collect()
}

fn orders_and_filters() -> Vec<(UserOrder, Option<UserFilter>)> {
    let filters = [
        None,
        Some(UserFilter::State(UserState::Active)),
        Some(UserFilter::HoldsAny),
        Some(UserFilter::Text {
            field: UserTextField::DisplayName,
            matcher: TextMatch::Prefix("a".to_owned()),
        }),
    ];
    let orders = orders().into_iter();
    let all = orders.flat_map(|order| filters.clone().map(|filter| (order, filter)));
    all.collect()
}

/// The values that a cursor is compared by, in ascending order.
fn rank(cursor: &UserCursor) -> (&str, i64, UserKey) {
    match cursor {
        UserCursor::Directory(key) => ("", 0, *key),
        UserCursor::Text(text, key) => (text, 0, *key),
        UserCursor::Time(time, key) => ("", time.as_micros(), *key),
    }
}
