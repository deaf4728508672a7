use seatkeeper_domain::{ProductKey, UserKey};
use seatkeeper_store::LicensePageQuery;

use crate::fixture::{ADDON, ALL, Fixture, LITE, SUITE};
use crate::stores::on_every_store;

type LicenseKey = (UserKey, ProductKey);

on_every_store! {
    async fn licenses_come_by_user_then_by_product(fixture: Fixture) {
        let keys = populate(&fixture).await;
        let all = fixture.licenses().await;
        let all = all.iter().map(|held| (held.user, held.held.product));
        assert_eq!(all.collect::<Vec<_>>(), keys);
    }

    async fn pages_of_licenses_walk_every_narrowing(fixture: Fixture) {
        let keys = populate(&fixture).await;
        let some: [&[i64]; 7] = [&[1], &[4], &[5], &[99], &[], &[4, 1, 99, 6, 5], &[4, 1, 4, 99, 1]];
        let some = some.map(|users| users.iter().copied().map(UserKey).collect::<Vec<_>>());
        let narrowings = std::iter::once(None).chain(some.iter().map(|users| Some(&users[..])));
        for users in narrowings {
            for product in [None, Some(SUITE), Some(ADDON), Some(ProductKey(50))] {
                let expected: Vec<_> = keys
                    .iter()
                    .copied()
                    .filter(|key| users.is_none_or(|users| users.contains(&key.0)))
                    .filter(|key| product.is_none_or(|product| key.1 == product))
                    .collect();
                for limit in [1, 2, 5, ALL] {
                    let walked = walk(&fixture, users, product, limit).await;
                    assert_eq!(walked, expected, "{users:?} {product:?} by {limit}");
                }
            }
        }
    }

    async fn a_page_of_licenses_starts_where_none_is_left(fixture: Fixture) {
        let keys = populate(&fixture).await;
        for after in [(0, 0), (1, 3), (3, 0), (5, 1), (5, 90), (7, 0), (99, 0)] {
            let after = (UserKey(after.0), ProductKey(after.1));
            let expected: Vec<_> = keys.iter().copied().filter(|&key| key > after).collect();
            let page = page(&fixture, None, None, Some(after), ALL).await;
            assert_eq!(page, expected, "after {after:?}");
        }
    }
}

/// Seven users; five hold licenses, assigned in mixed order.
async fn populate(fixture: &Fixture) -> Vec<LicenseKey> {
    fixture
        .add_users(&["a", "b", "c", "d", "e", "f", "g"])
        .await;
    fixture.entitle(&[SUITE, LITE, ADDON]).await;
    let user = |key: i64, id: &'static str| (UserKey(key), id);
    fixture
        .assign(&[user(7, "g"), user(1, "a"), user(4, "d")], ADDON)
        .await;
    fixture.assign(&[user(4, "d"), user(2, "b")], LITE).await;
    fixture
        .assign(&[user(1, "a"), user(6, "f"), user(4, "d")], SUITE)
        .await;
    let keys = [
        (1, SUITE),
        (1, ADDON),
        (2, LITE),
        (4, SUITE),
        (4, LITE),
        (4, ADDON),
        (6, SUITE),
        (7, ADDON),
    ];
    keys.map(|(user, product)| (UserKey(user), product)).into()
}

async fn walk(
    fixture: &Fixture,
    users: Option<&[UserKey]>,
    product: Option<ProductKey>,
    limit: usize,
) -> Vec<LicenseKey> {
    let mut walked = Vec::new();
    loop {
        let page = page(fixture, users, product, walked.last().copied(), limit).await;
        assert!(page.len() <= limit);
        if page.is_empty() {
            return walked;
        }
        walked.extend(page);
    }
}

async fn page(
    fixture: &Fixture,
    users: Option<&[UserKey]>,
    product: Option<ProductKey>,
    after: Option<LicenseKey>,
    limit: usize,
) -> Vec<LicenseKey> {
    let query = LicensePageQuery {
        users: users.map(<[UserKey]>::to_vec),
        product,
        after,
        limit,
    };
    let outside = fixture
        .store
        .licenses(fixture.customer, &query)
        .await
        .unwrap();
    let mut tx = fixture.lock().await;
    assert_eq!(tx.licenses(&query).await.unwrap(), outside);
    let keys = outside.iter().map(|held| (held.user, held.held.product));
    keys.collect()
}
