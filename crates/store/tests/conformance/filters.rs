use seatkeeper_domain::{TextMatch, User, UserFilter, UserKey, UserTextField};
use seatkeeper_store::SelectQuery;

use crate::generated::{filter, matching, populate, text, values};
use crate::stores::on_every_store;
use crate::world::{ALL, World};

on_every_store! {
    async fn every_filter_means_the_users_that_the_domain_says(world: World) {
        populate(&world, 150).await;
        let mut hits = 0;
        for filter in values(&filter(), 150) {
            hits += compare(&world, &filter).await;
        }
        assert!(hits > 1000, "the filters meant {hits} users in all");
    }

    async fn every_field_compares_whole_and_by_its_beginning(world: World) {
        populate(&world, 60).await;
        for field in UserTextField::ALL {
            for text in values(&text(), 25) {
                let text = seatkeeper_domain::fold_case(&text);
                for matcher in [TextMatch::Equals(text.clone()), TextMatch::Prefix(text)] {
                    compare(&world, &UserFilter::Text { field, matcher }).await;
                }
            }
        }
    }

    async fn every_user_is_found_by_their_own_texts(world: World) {
        populate(&world, 40).await;
        for user in world.users().await {
            for field in UserTextField::ALL {
                let text = seatkeeper_domain::fold_case(field.of(&user));
                for matcher in [TextMatch::Equals(text.clone()), TextMatch::Prefix(text)] {
                    let filter = UserFilter::Text { field, matcher };
                    let found = selected(&world, &filter).await;
                    assert!(found.contains(&user.key), "{filter:?} misses {user:?}");
                }
            }
        }
    }

    async fn a_filter_that_matches_nobody_finds_nobody(world: World) {
        populate(&world, 20).await;
        let filter = UserFilter::Text {
            field: UserTextField::DisplayName,
            matcher: TextMatch::Equals("nobody is called so".to_owned()),
        };
        assert_eq!(compare(&world, &filter).await, 0);
        let everyone = world.users().await.len();
        assert_eq!(compare(&world, &UserFilter::Not(Box::new(filter))).await, everyone);
    }
}

/// Counts and selects by a filter, with the lock and without, and says how many it means.
async fn compare(world: &World, filter: &UserFilter) -> usize {
    let expected = keys(&matching(world, Some(filter)).await);
    assert_eq!(selected(world, filter).await, expected, "{filter:?}");
    let counted = world
        .store
        .count_users(world.customer, Some(filter))
        .await
        .unwrap();
    assert_eq!(
        counted,
        i64::try_from(expected.len()).unwrap(),
        "{filter:?}"
    );
    let mut tx = world.lock().await;
    assert_eq!(tx.count_users(Some(filter)).await.unwrap(), counted);
    assert_eq!(tx.select_users(&select(filter)).await.unwrap(), expected);
    expected.len()
}

async fn selected(world: &World, filter: &UserFilter) -> Vec<UserKey> {
    let selected = world
        .store
        .select_users(world.customer, &select(filter))
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
