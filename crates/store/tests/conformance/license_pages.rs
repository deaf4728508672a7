use seatkeeper_domain::{ProductKey, UserKey};
use seatkeeper_store::LicensePageQuery;

use crate::stores::on_every_store;
use crate::world::{ADDON, ALL, LITE, SUITE, World};

type Place = (UserKey, ProductKey);

on_every_store! {
    async fn licenses_come_by_user_then_by_product(world: World) {
        let places = populate(&world).await;
        let all = world.licenses().await;
        let all = all.iter().map(|held| (held.user, held.held.product));
        assert_eq!(all.collect::<Vec<_>>(), places);
    }

    async fn pages_of_licenses_walk_every_narrowing(world: World) {
        let places = populate(&world).await;
        let some: [&[i64]; 7] = [&[1], &[4], &[5], &[99], &[], &[4, 1, 99, 6, 5], &[4, 1, 4, 99, 1]];
        let some = some.map(|users| users.iter().copied().map(UserKey).collect::<Vec<_>>());
        let narrowings = std::iter::once(None).chain(some.iter().map(|users| Some(&users[..])));
        for users in narrowings {
            for product in [None, Some(SUITE), Some(ADDON), Some(ProductKey(50))] {
                let expected: Vec<_> = places
                    .iter()
                    .copied()
                    .filter(|place| users.is_none_or(|users| users.contains(&place.0)))
                    .filter(|place| product.is_none_or(|product| place.1 == product))
                    .collect();
                for limit in [1, 2, 5, ALL] {
                    let walked = walk(&world, users, product, limit).await;
                    assert_eq!(walked, expected, "{users:?} {product:?} by {limit}");
                }
            }
        }
    }

    async fn a_page_of_licenses_starts_where_none_is_left(world: World) {
        let places = populate(&world).await;
        for after in [(0, 0), (1, 3), (3, 0), (5, 1), (5, 90), (7, 0), (99, 0)] {
            let after = (UserKey(after.0), ProductKey(after.1));
            let expected: Vec<_> = places.iter().copied().filter(|&place| place > after).collect();
            let page = page(&world, None, None, Some(after), ALL).await;
            assert_eq!(page, expected, "after {after:?}");
        }
    }
}

/// Seven users of whom five hold licenses, in a mixed order of assignment.
async fn populate(world: &World) -> Vec<Place> {
    world.add_users(&["a", "b", "c", "d", "e", "f", "g"]).await;
    world.entitle(&[SUITE, LITE, ADDON]).await;
    let user = |key: i64, id: &'static str| (UserKey(key), id);
    world
        .assign(&[user(7, "g"), user(1, "a"), user(4, "d")], ADDON)
        .await;
    world.assign(&[user(4, "d"), user(2, "b")], LITE).await;
    world
        .assign(&[user(1, "a"), user(6, "f"), user(4, "d")], SUITE)
        .await;
    let places = [
        (1, SUITE),
        (1, ADDON),
        (2, LITE),
        (4, SUITE),
        (4, LITE),
        (4, ADDON),
        (6, SUITE),
        (7, ADDON),
    ];
    places
        .map(|(user, product)| (UserKey(user), product))
        .into()
}

async fn walk(
    world: &World,
    users: Option<&[UserKey]>,
    product: Option<ProductKey>,
    limit: usize,
) -> Vec<Place> {
    let mut walked = Vec::new();
    loop {
        let page = page(world, users, product, walked.last().copied(), limit).await;
        assert!(page.len() <= limit);
        if page.is_empty() {
            return walked;
        }
        walked.extend(page);
    }
}

async fn page(
    world: &World,
    users: Option<&[UserKey]>,
    product: Option<ProductKey>,
    after: Option<Place>,
    limit: usize,
) -> Vec<Place> {
    let query = LicensePageQuery {
        users: users.map(<[UserKey]>::to_vec),
        product,
        after,
        limit,
    };
    let outside = world.store.licenses(world.customer, &query).await.unwrap();
    let mut tx = world.lock().await;
    assert_eq!(tx.licenses(&query).await.unwrap(), outside);
    let places = outside.iter().map(|held| (held.user, held.held.product));
    places.collect()
}
