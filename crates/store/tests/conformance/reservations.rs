use seatkeeper_domain::{BatchKey, ProductKey};

use crate::fixture::{ADDON, Fixture, LITE, SUITE, assert_corrupt, new_batch};
use crate::stores::on_every_store;

on_every_store! {
    async fn seats_set_aside_show_in_the_entitlement(fixture: Fixture) {
        let batches = prepared(&fixture).await;
        reserve(&fixture, batches[0], &[(LITE, 5), (SUITE, 3)]).await;
        reserve(&fixture, batches[1], &[(SUITE, 10)]).await;
        assert_eq!(reserved(&fixture).await, [13, 5, 0]);
        let mut tx = fixture.lock().await;
        assert_eq!(tx.reservations(batches[0]).await.unwrap(), [(SUITE, 3), (LITE, 5)]);
        assert_eq!(tx.reservations(batches[1]).await.unwrap(), [(SUITE, 10)]);
    }

    async fn a_batch_without_reservations_has_none(fixture: Fixture) {
        let batches = prepared(&fixture).await;
        let mut tx = fixture.lock().await;
        assert_eq!(tx.reservations(batches[0]).await.unwrap(), []);
        assert_eq!(tx.reservations(BatchKey(99)).await.unwrap(), []);
    }

    async fn setting_again_replaces_and_releases_what_is_not_named(fixture: Fixture) {
        let batches = prepared(&fixture).await;
        reserve(&fixture, batches[0], &[(SUITE, 3), (LITE, 5)]).await;
        reserve(&fixture, batches[0], &[(SUITE, 1), (ADDON, 2)]).await;
        assert_eq!(reserved(&fixture).await, [1, 0, 2]);
        let mut tx = fixture.lock().await;
        assert_eq!(tx.reservations(batches[0]).await.unwrap(), [(SUITE, 1), (ADDON, 2)]);
        drop(tx);
        reserve(&fixture, batches[0], &[]).await;
        assert_eq!(reserved(&fixture).await, [0, 0, 0]);
    }

    async fn setting_the_same_again_changes_nothing(fixture: Fixture) {
        let batches = prepared(&fixture).await;
        for _ in 0..2 {
            reserve(&fixture, batches[0], &[(SUITE, 3), (LITE, 5)]).await;
            assert_eq!(reserved(&fixture).await, [3, 5, 0]);
        }
    }

    async fn setting_none_aside_is_no_reservation(fixture: Fixture) {
        let batches = prepared(&fixture).await;
        reserve(&fixture, batches[0], &[(SUITE, 0), (LITE, 5)]).await;
        assert_eq!(reserved(&fixture).await, [0, 5, 0]);
        let mut tx = fixture.lock().await;
        assert_eq!(tx.reservations(batches[0]).await.unwrap(), [(LITE, 5)]);
    }

    async fn seats_without_an_entitlement_cannot_be_set_aside(fixture: Fixture) {
        let batches = prepared(&fixture).await;
        let mut tx = fixture.lock().await;
        assert_corrupt(tx.set_reservations(batches[0], &[(ProductKey(40), 1)]).await);
        drop(tx);
        assert_eq!(reserved(&fixture).await, [0, 0, 0]);
    }

    async fn a_batch_that_is_not_there_sets_nothing_aside(fixture: Fixture) {
        prepared(&fixture).await;
        let mut tx = fixture.lock().await;
        assert_corrupt(tx.set_reservations(BatchKey(9), &[(SUITE, 1)]).await);
        drop(tx);
        assert_eq!(reserved(&fixture).await, [0, 0, 0]);
    }

    async fn deleting_a_batch_releases_its_seats_alone(fixture: Fixture) {
        let batches = prepared(&fixture).await;
        reserve(&fixture, batches[0], &[(SUITE, 3), (LITE, 5)]).await;
        reserve(&fixture, batches[1], &[(SUITE, 10)]).await;
        let mut tx = fixture.lock().await;
        tx.delete_batch(batches[0]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(reserved(&fixture).await, [10, 0, 0]);
        let mut tx = fixture.lock().await;
        assert_eq!(tx.reservations(batches[0]).await.unwrap(), []);
        assert_eq!(tx.reservations(batches[1]).await.unwrap(), [(SUITE, 10)]);
    }
}

/// Two batches, and entitlements to three products.
async fn prepared(fixture: &Fixture) -> [BatchKey; 2] {
    fixture.entitle(&[SUITE, LITE, ADDON]).await;
    let mut tx = fixture.lock().await;
    let first = tx.insert_batch(new_batch("first")).await.unwrap();
    let second = tx.insert_batch(new_batch("second")).await.unwrap();
    tx.commit().await.unwrap();
    [first.key, second.key]
}

async fn reserve(fixture: &Fixture, batch: BatchKey, seats: &[(ProductKey, i64)]) {
    let mut tx = fixture.lock().await;
    tx.set_reservations(batch, seats).await.unwrap();
    tx.commit().await.unwrap();
}

async fn reserved(fixture: &Fixture) -> Vec<i64> {
    let all = fixture
        .store
        .entitlements(fixture.customer, None)
        .await
        .unwrap();
    all.iter().map(|entitlement| entitlement.reserved).collect()
}
