//! A read sees one moment, also during concurrent writes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use seatkeeper_domain::{CustomerKey, LicenseChanges, ProductKey, RelevantProducts, UserKey};
use seatkeeper_store::Store;

use crate::chunks::unfold;
use crate::decisions::{assigned, changes, revoked};
use crate::fixture::{LITE, SUITE, at, every_license, known, lock, member, principal};
use crate::stores::on_every_store;

/// Swaps that a writer makes during the reads.
const SWAPS: usize = 40;

const NAMES: [&str; 4] = ["ann", "bob", "eve", "joe"];

on_every_store! {
    async fn no_read_sees_half_a_commit(fixture: Fixture) {
        let users: Vec<_> = fixture.add_users(&NAMES).await.into_iter().zip(NAMES).collect();
        fixture.entitle(&[SUITE, LITE]).await;
        fixture.assign(&users, SUITE).await;
        let done = Arc::new(AtomicBool::new(false));
        let readers = [
            tokio::spawn(read_chunks(fixture.store.clone(), fixture.customer, done.clone())),
            tokio::spawn(read_seats(fixture.store.clone(), fixture.customer, done.clone())),
            tokio::spawn(read_licenses(fixture.store.clone(), fixture.customer, done.clone())),
        ];
        for round in 0..SWAPS {
            let (from, to) = if round % 2 == 0 { (SUITE, LITE) } else { (LITE, SUITE) };
            let mut tx = lock(&*fixture.store, fixture.customer).await;
            tx.record_licenses(at(20), &principal(), swap(&users, from, to)).await.unwrap();
            tx.commit().await.unwrap();
        }
        done.store(true, Ordering::Relaxed);
        for reader in readers {
            reader.await.unwrap();
        }
    }
}

fn swap(users: &[(UserKey, &str)], from: ProductKey, to: ProductKey) -> LicenseChanges {
    let users = users.iter();
    let decided = users.map(|&(key, id)| (member(key, id), vec![assigned(to, &[]), revoked(from)]));
    changes(decided.collect())
}

/// All users hold the same product, and only one.
async fn read_chunks(store: Arc<dyn Store>, customer: CustomerKey, done: Arc<AtomicBool>) {
    let selected = [1, 2, 3, 4].map(|key| known(UserKey(key)));
    while !done.load(Ordering::Relaxed) {
        let chunk = store
            .load_chunk(customer, &selected, &RelevantProducts::All)
            .await
            .unwrap();
        assert_eq!(chunk.state.holdings.len(), 1);
        for (_, found) in unfold(chunk) {
            assert_eq!(found.unwrap().1.len(), 1);
        }
        tokio::task::yield_now().await;
    }
}

/// All assigned seats are of one product.
async fn read_seats(store: Arc<dyn Store>, customer: CustomerKey, done: Arc<AtomicBool>) {
    while !done.load(Ordering::Relaxed) {
        let seats = store.entitlements(customer, None).await.unwrap();
        let mut assigned: Vec<_> = seats.iter().map(|seats| seats.assigned).collect();
        assigned.sort_unstable();
        assert_eq!(assigned, [0, 4]);
        tokio::task::yield_now().await;
    }
}

/// Each user has one license, and all were written by the same record.
async fn read_licenses(store: Arc<dyn Store>, customer: CustomerKey, done: Arc<AtomicBool>) {
    while !done.load(Ordering::Relaxed) {
        let licenses = store.licenses(customer, &every_license()).await.unwrap();
        assert_eq!(licenses.len(), 4);
        let first = &licenses[0];
        assert!(
            licenses
                .iter()
                .all(|license| license.changed_by == first.changed_by)
        );
        tokio::task::yield_now().await;
    }
}
