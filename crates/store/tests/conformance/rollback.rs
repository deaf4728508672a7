use seatkeeper_domain::{Customer, Effect, UserKey};
use seatkeeper_store::{Batch, IdempotencyRecord, IdempotencyTarget, PackedSegment};

use crate::decisions::{assigned, changes};
use crate::fixture::{
    LITE, SUITE, at, entitlement, known, member, new_batch, new_user, principal, request_id,
};
use crate::observed::Observed;
use crate::stores::on_every_store;

on_every_store! {
    async fn a_dropped_transaction_did_nothing(fixture: Fixture) {
        fixture.add_users(&["ann", "bob"]).await;
        fixture.entitle(&[SUITE]).await;
        let before = Observed::of(&*fixture.store, fixture.customer).await;
        let mut tx = fixture.lock().await;
        do_everything(&mut *tx).await;
        drop(tx);
        assert_eq!(Observed::of(&*fixture.store, fixture.customer).await, before);
    }

    async fn nothing_shows_before_the_commit_and_all_of_it_after(fixture: Fixture) {
        fixture.add_users(&["ann", "bob"]).await;
        fixture.entitle(&[SUITE]).await;
        let mut tx = fixture.lock().await;
        do_everything(&mut *tx).await;
        assert_eq!(fixture.journal().await.len(), 1);
        assert_eq!(fixture.users().await.len(), 2);
        assert!(fixture.licenses().await.is_empty());
        assert_eq!(fixture.row().await.revision, 1);
        tx.commit().await.unwrap();
        assert_eq!(fixture.journal().await.len(), 3);
        assert_eq!(fixture.users().await.len(), 2);
        assert_eq!(fixture.licenses().await.len(), 1);
        assert_eq!(fixture.row().await.revision, 2);
        assert_eq!(fixture.store.count_batches(fixture.customer).await.unwrap(), 1);
    }

    async fn keys_of_a_dropped_transaction_are_given_out_again(fixture: Fixture) {
        for _ in 0..2 {
            let mut tx = fixture.lock().await;
            let users = vec![new_user("ann")];
            assert_eq!(tx.insert_users(users).await.unwrap(), [UserKey(1)]);
            assert_eq!(tx.insert_batch(new_batch("one")).await.unwrap().key.0, 1);
        }
    }

    async fn a_transaction_that_did_nothing_commits(fixture: Fixture) {
        let before = Observed::of(&*fixture.store, fixture.customer).await;
        fixture.lock().await.commit().await.unwrap();
        assert_eq!(Observed::of(&*fixture.store, fixture.customer).await, before);
    }
}

/// One write of every kind, on a customer with two users and one entitlement.
async fn do_everything(tx: &mut dyn seatkeeper_store::CustomerTx) {
    let customer = Customer {
        revision: 2,
        ..tx.customer().clone()
    };
    tx.save_customer(customer).await.unwrap();
    let keys = tx.insert_users(vec![new_user("eve")]).await.unwrap();
    let eve = new_user("eve").into_user(keys[0]);
    tx.update_users(&[eve]).await.unwrap();
    tx.delete_user(UserKey(2)).await.unwrap();
    tx.save_entitlement(&entitlement(SUITE, 5)).await.unwrap();
    tx.save_entitlement(&entitlement(LITE, 5)).await.unwrap();
    let batch = tx.insert_batch(new_batch("one")).await.unwrap();
    tx.set_reservations(batch.key, &[(LITE, 2)]).await.unwrap();
    let segment = PackedSegment::pack(&[known(UserKey(1))]);
    tx.append_segments(batch.key, 0, &[segment]).await.unwrap();
    let running = Batch {
        state: seatkeeper_domain::BatchState::Running,
        ..batch.clone()
    };
    tx.save_batch(&running).await.unwrap();
    let accepted = Effect::BatchAccepted { batch: batch.key };
    tx.append(at(5), &principal(), accepted).await.unwrap();
    let decided = vec![(member(UserKey(1), "ann"), vec![assigned(SUITE, &[])])];
    tx.record_licenses(at(6), &principal(), changes(decided))
        .await
        .unwrap();
    let request = IdempotencyRecord {
        id: request_id("r1"),
        digest: [7; 32],
        target: IdempotencyTarget::Batch(batch.key),
        create_time: at(7),
    };
    tx.insert_idempotency_records(std::slice::from_ref(&request))
        .await
        .unwrap();
}
