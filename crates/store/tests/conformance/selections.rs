use seatkeeper_domain::{UserFilter, UserKey, UserState};
use seatkeeper_store::SelectQuery;

use crate::fixture::ALL;
use crate::generated::{matching, populate};
use crate::stores::on_every_store;

on_every_store! {
    async fn stretches_of_any_length_walk_the_directory(fixture: Fixture) {
        populate(&fixture, 50).await;
        for filter in [None, Some(UserFilter::State(UserState::Blocked))] {
            let users = matching(&fixture, filter.as_ref()).await;
            let expected: Vec<_> = users.iter().map(|user| user.key).collect();
            for limit in [1, 4, expected.len(), ALL] {
                let mut walked = Vec::new();
                loop {
                    let after = walked.last().copied().unwrap_or(UserKey(0));
                    let query = select(filter.clone(), after, UserKey(i64::MAX), limit);
                    let stretch = fixture.store.select_users(fixture.customer, &query).await.unwrap();
                    assert!(stretch.len() <= limit);
                    if stretch.is_empty() {
                        break;
                    }
                    walked.extend(stretch);
                }
                assert_eq!(walked, expected);
            }
        }
    }

    async fn a_stretch_ends_with_the_user_it_goes_up_to(fixture: Fixture) {
        fixture.add_users(&["a", "b", "c", "d"]).await;
        fixture.delete_user(UserKey(2)).await;
        for (after, up_to, expected) in [
            (0, 4, &[1, 3, 4][..]),
            (0, 3, &[1, 3]),
            (0, 2, &[1]),
            (1, 3, &[3]),
            (2, 2, &[]),
            (4, 9, &[]),
            (3, 1, &[]),
        ] {
            let query = select(None, UserKey(after), UserKey(up_to), ALL);
            let stretch = fixture.store.select_users(fixture.customer, &query).await.unwrap();
            let expected: Vec<_> = expected.iter().copied().map(UserKey).collect();
            assert_eq!(stretch, expected, "after {after} up to {up_to}");
        }
    }

    async fn a_transaction_selects_what_it_has_added(fixture: Fixture) {
        fixture.add_users(&["a", "b"]).await;
        let mut tx = fixture.lock().await;
        tx.delete_user(UserKey(1)).await.unwrap();
        tx.insert_users(vec![crate::fixture::new_user("c")]).await.unwrap();
        let everyone = select(None, UserKey(0), tx.last_user_key(), ALL);
        let inside = tx.select_users(&everyone).await.unwrap();
        assert_eq!(inside, [UserKey(2), UserKey(3)]);
        let outside = fixture.store.select_users(fixture.customer, &everyone).await.unwrap();
        assert_eq!(outside, [UserKey(1), UserKey(2)]);
    }
}

fn select(filter: Option<UserFilter>, after: UserKey, up_to: UserKey, limit: usize) -> SelectQuery {
    SelectQuery {
        filter,
        after,
        up_to,
        limit,
    }
}
