use seatkeeper_domain::{TextMatch, User, UserFilter, UserKey, UserTextField};
use seatkeeper_store::SelectQuery;

use crate::fixture::{ALL, Fixture};
use crate::generated::{filter, matching, populate, text, values};
use crate::stores::on_every_store;

on_every_store! {
    async fn every_filter_means_the_users_that_the_domain_says(fixture: Fixture) {
        populate(&fixture, 150).await;
        let mut hits = 0;
        for filter in values(&filter(), 150) {
            hits += compare(&fixture, &filter).await;
        }
        assert!(hits > 1000, "the filters matched {hits} users in total");
    }

    async fn every_field_compares_whole_and_by_its_beginning(fixture: Fixture) {
        populate(&fixture, 60).await;
        for field in UserTextField::ALL {
            for text in values(&text(), 25) {
                let text = seatkeeper_domain::fold_case(&text);
                for matcher in [TextMatch::Equals(text.clone()), TextMatch::Prefix(text)] {
                    compare(&fixture, &UserFilter::Text { field, matcher }).await;
                }
            }
        }
    }

    async fn every_user_is_found_by_their_own_texts(fixture: Fixture) {
        populate(&fixture, 40).await;
        for user in fixture.users().await {
            for field in UserTextField::ALL {
                let text = seatkeeper_domain::fold_case(field.of(&user));
                for matcher in [TextMatch::Equals(text.clone()), TextMatch::Prefix(text)] {
                    let filter = UserFilter::Text { field, matcher };
                    let found = selected(&fixture, &filter).await;
                    assert!(found.contains(&user.key), "{filter:?} misses {user:?}");
                }
            }
        }
    }

    async fn a_filter_without_matches_finds_no_user(fixture: Fixture) {
        populate(&fixture, 20).await;
        let filter = UserFilter::Text {
            field: UserTextField::DisplayName,
            matcher: TextMatch::Equals("nobody is called so".to_owned()),
        };
        assert_eq!(compare(&fixture, &filter).await, 0);
        let everyone = fixture.users().await.len();
        assert_eq!(compare(&fixture, &UserFilter::Not(Box::new(filter))).await, everyone);
    }
}

/// Counts and selects by a filter, with and without the lock; returns how many users match.
async fn compare(fixture: &Fixture, filter: &UserFilter) -> usize {
    let expected = keys(&matching(fixture, Some(filter)).await);
    assert_eq!(selected(fixture, filter).await, expected, "{filter:?}");
    let counted = fixture
        .store
        .count_users(fixture.customer, Some(filter))
        .await
        .unwrap();
    assert_eq!(
        counted,
        i64::try_from(expected.len()).unwrap(),
        "{filter:?}"
    );
    let mut tx = fixture.lock().await;
    assert_eq!(tx.count_users(Some(filter)).await.unwrap(), counted);
    assert_eq!(tx.select_users(&select(filter)).await.unwrap(), expected);
    expected.len()
}

async fn selected(fixture: &Fixture, filter: &UserFilter) -> Vec<UserKey> {
    let selected = fixture
        .store
        .select_users(fixture.customer, &select(filter))
        .await;
    selected.unwrap()
}

fn select(filter: &UserFilter) -> SelectQuery {
    SelectQuery {
        filter: Some(filter.clone()),
        after: UserKey(0),
        up_to: UserKey(i64::MAX),
        limit: ALL,
    }
}

fn keys(users: &[User]) -> Vec<UserKey> {
    users.iter().map(|user| user.key).collect()
}
