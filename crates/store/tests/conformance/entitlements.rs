use seatkeeper_domain::{Entitlement, ProductKey, Purchase, PurchaseId, UserKey};

use crate::fixture::{ADDON, LITE, SUITE, at, entitlement, new_batch};
use crate::stores::on_every_store;

on_every_store! {
    async fn entitlements_come_ascending_by_product(fixture: Fixture) {
        fixture.entitle(&[ADDON, SUITE, LITE]).await;
        let all = fixture.store.entitlements(fixture.customer, None).await.unwrap();
        assert_eq!(all, [SUITE, LITE, ADDON].map(|product| entitlement(product, 100)));
    }

    async fn only_the_products_asked_for_come(fixture: Fixture) {
        fixture.entitle(&[SUITE, LITE, ADDON]).await;
        let asked = [ADDON, ProductKey(3), SUITE, ADDON];
        let expected = [SUITE, ADDON].map(|product| entitlement(product, 100));
        let found = fixture.store.entitlements(fixture.customer, Some(&asked)).await.unwrap();
        assert_eq!(found, expected);
        let none = fixture.store.entitlements(fixture.customer, Some(&[])).await.unwrap();
        assert_eq!(none, []);
        let mut tx = fixture.lock().await;
        assert_eq!(tx.entitlements(&asked).await.unwrap(), expected);
        assert_eq!(tx.entitlements(&[]).await.unwrap(), []);
    }

    async fn an_entitlement_reads_back_with_its_purchases_in_order(fixture: Fixture) {
        let purchase = |id: &str, seats, end_time| Purchase {
            id: PurchaseId::parse(id).unwrap(),
            seats,
            start_time: at(3),
            end_time,
        };
        let saved = Entitlement {
            purchases: vec![
                purchase("z", 5, Some(at(90))),
                purchase("a", 0, None),
                purchase("m", i64::MAX, Some(at(-1))),
            ],
            revision: 12,
            create_time: at(-7),
            update_time: at(7),
            ..entitlement(SUITE, 0)
        };
        let mut tx = fixture.lock().await;
        tx.save_entitlement(&saved).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(fixture.entitlement(SUITE).await, saved);
    }

    async fn saving_again_replaces_purchases_revision_and_times(fixture: Fixture) {
        fixture.entitle(&[SUITE, LITE]).await;
        let emptied = Entitlement {
            purchases: Vec::new(),
            revision: 2,
            create_time: at(3),
            update_time: at(4),
            ..entitlement(SUITE, 0)
        };
        let mut tx = fixture.lock().await;
        tx.save_entitlement(&emptied).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(fixture.entitlement(SUITE).await, emptied);
        assert_eq!(fixture.entitlement(LITE).await, entitlement(LITE, 100));
    }

    async fn saving_touches_neither_assigned_nor_reserved(fixture: Fixture) {
        fixture.add_users(&["ann"]).await;
        fixture.entitle(&[SUITE]).await;
        fixture.assign(&[(UserKey(1), "ann")], SUITE).await;
        let mut tx = fixture.lock().await;
        let batch = tx.insert_batch(new_batch("b")).await.unwrap();
        tx.set_reservations(batch.key, &[(SUITE, 9)]).await.unwrap();
        let claimed = Entitlement { assigned: 50, reserved: -3, ..entitlement(SUITE, 7) };
        tx.save_entitlement(&claimed).await.unwrap();
        tx.commit().await.unwrap();
        let expected = Entitlement { assigned: 1, reserved: 9, ..entitlement(SUITE, 7) };
        assert_eq!(fixture.entitlement(SUITE).await, expected);
    }

    async fn a_new_entitlement_has_nothing_assigned_nor_reserved(fixture: Fixture) {
        let claimed = Entitlement { assigned: 50, reserved: 3, ..entitlement(SUITE, 7) };
        let mut tx = fixture.lock().await;
        tx.save_entitlement(&claimed).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(fixture.entitlement(SUITE).await, entitlement(SUITE, 7));
    }
}
