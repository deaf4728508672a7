use futures::poll;
use seatkeeper_domain::{BatchKey, CustomerKey, Effect, SelectionId, UserKey};
use seatkeeper_store::{IdempotencyRecord, IdempotencyTarget, NewSelection, PackedSegment, Store};

use crate::decisions::{assigned, changes};
use crate::fixture::{
    ALL, Fixture, SUITE, at, customer_id, entitlement, joins, known, lock, member, new_batch,
    new_user, principal, request_id, user_id,
};
use crate::observed::Observed;
use crate::stores::on_every_store;

on_every_store! {
    async fn a_deleted_customer_leaves_nothing(fixture: Fixture) {
        fill(&*fixture.store, fixture.customer).await;
        delete(&fixture).await;
        assert!(Observed::of(&*fixture.store, fixture.customer).await.is_nothing());
        assert_eq!(fixture.store.customer(&customer_id("contoso")).await.unwrap(), None);
        assert_eq!(fixture.store.user(fixture.customer, &user_id("ann")).await.unwrap(), None);
        assert_eq!(fixture.store.count_customers().await.unwrap(), 0);
        assert!(fixture.store.list_customers(None, ALL).await.unwrap().is_empty());
        assert!(fixture.store.claimable_batches(at(0), None, ALL).await.unwrap().is_empty());
        assert!(fixture.store.lock_customer(fixture.customer).await.unwrap().is_none());
    }

    async fn deleting_a_customer_touches_no_neighbor(fixture: Fixture) {
        let before = fixture.another_customer("a").await;
        let after = fixture.another_customer("z").await;
        for customer in [before, fixture.customer, after] {
            fill(&*fixture.store, customer).await;
        }
        let neighbors = [before, after];
        let mut expected = Vec::new();
        for neighbor in neighbors {
            expected.push(Observed::of(&*fixture.store, neighbor).await);
        }
        delete(&fixture).await;
        for (neighbor, expected) in neighbors.into_iter().zip(expected) {
            Observed::of(&*fixture.store, neighbor).await.assert_same(&expected);
        }
        assert_eq!(fixture.store.count_customers().await.unwrap(), 2);
    }

    async fn a_customer_created_after_a_deletion_starts_afresh(fixture: Fixture) {
        fill(&*fixture.store, fixture.customer).await;
        delete(&fixture).await;
        let again = fixture.another_customer("contoso").await;
        assert_ne!(again, fixture.customer);
        assert_eq!(fixture.store.count_users(again, None).await.unwrap(), 0);
        fill(&*fixture.store, again).await;
        assert_eq!(fixture.store.last_user_key(again).await.unwrap(), UserKey(2));
    }

    async fn a_dropped_deletion_leaves_everything(fixture: Fixture) {
        fill(&*fixture.store, fixture.customer).await;
        let before = Observed::of(&*fixture.store, fixture.customer).await;
        let mut tx = fixture.lock().await;
        tx.delete_customer().await.unwrap();
        drop(tx);
        Observed::of(&*fixture.store, fixture.customer).await.assert_same(&before);
    }

    async fn a_transaction_that_waits_for_a_deleted_customer_finds_no_customer(fixture: Fixture) {
        let mut tx = fixture.lock().await;
        let mut waiter = fixture.store.lock_customer(fixture.customer);
        assert!(poll!(&mut waiter).is_pending());
        tx.delete_customer().await.unwrap();
        tx.commit().await.unwrap();
        assert!(waiter.await.unwrap().is_none());
    }
}

async fn delete(fixture: &Fixture) {
    let mut tx = fixture.lock().await;
    tx.delete_customer().await.unwrap();
    tx.commit().await.unwrap();
}

/// Inserts a row for the customer into every table.
async fn fill(store: &dyn Store, customer: CustomerKey) {
    let mut tx = lock(store, customer).await;
    let users = ["ann", "bob"].map(new_user).into();
    tx.insert_users(users).await.unwrap();
    tx.save_entitlement(&entitlement(SUITE, 5)).await.unwrap();
    let decided = vec![(member(UserKey(1), "ann"), vec![assigned(SUITE, &[])])];
    tx.record_licenses(at(5), &principal(), changes(decided))
        .await
        .unwrap();
    tx.delete_user(UserKey(2)).await.unwrap();
    let selection = NewSelection {
        id: SelectionId::parse("ticked").unwrap(),
        display_name: String::new(),
        idle_ttl_micros: 1_000,
        expire_time: at(1_000),
        create_time: at(4),
    };
    let ticked = [UserKey(1)].into_iter().collect();
    tx.insert_selection(selection, &ticked).await.unwrap();
    let batch = tx.insert_batch(new_batch("one")).await.unwrap().key;
    assert_eq!(batch, BatchKey(1));
    tx.set_reservations(batch, &[(SUITE, 2)]).await.unwrap();
    let joining = joins(&[UserKey(1)], &[SUITE]);
    tx.join_waitlist(at(5), &joining).await.unwrap();
    let selected = [known(UserKey(1)), known(UserKey(2))];
    let segment = PackedSegment::pack(&selected);
    tx.append_segments(batch, 0, &[segment]).await.unwrap();
    let accepted = Effect::BatchAccepted { batch };
    let entry = tx.append(at(5), &principal(), accepted).await.unwrap();
    let request = IdempotencyRecord {
        id: request_id("r1"),
        digest: [1; 32],
        target: IdempotencyTarget::Entry(entry.sequence),
        create_time: at(6),
    };
    tx.insert_idempotency_records(std::slice::from_ref(&request))
        .await
        .unwrap();
    tx.commit().await.unwrap();
}
