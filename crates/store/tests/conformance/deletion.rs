use seatkeeper_domain::{BatchKey, CustomerKey, Effect, SelectionId, UserKey};
use seatkeeper_store::{NewSelection, PackedSegment, RequestRecord, RequestTarget, Store};

use crate::decisions::{assigned, changes};
use crate::observed::Observed;
use crate::stores::on_every_store;
use crate::world::{
    ALL, SUITE, World, actor, at, customer_id, entitlement, joins, known, lock, member, new_batch,
    new_user, request_id, user_id,
};

on_every_store! {
    async fn a_deleted_customer_leaves_nothing(world: World) {
        fill(&*world.store, world.customer).await;
        delete(&world).await;
        assert!(Observed::of(&*world.store, world.customer).await.is_nothing());
        assert_eq!(world.store.customer(&customer_id("contoso")).await.unwrap(), None);
        assert_eq!(world.store.user(world.customer, &user_id("ann")).await.unwrap(), None);
        assert_eq!(world.store.count_customers().await.unwrap(), 0);
        assert!(world.store.list_customers(None, ALL).await.unwrap().is_empty());
        assert!(world.store.claimable_batches(at(0), None, ALL).await.unwrap().is_empty());
        assert!(world.store.lock_customer(world.customer).await.unwrap().is_none());
    }

    async fn deleting_a_customer_touches_no_neighbor(world: World) {
        let before = world.another_customer("a").await;
        let after = world.another_customer("z").await;
        for customer in [before, world.customer, after] {
            fill(&*world.store, customer).await;
        }
        let neighbors = [before, after];
        let mut expected = Vec::new();
        for neighbor in neighbors {
            expected.push(Observed::of(&*world.store, neighbor).await);
        }
        delete(&world).await;
        for (neighbor, expected) in neighbors.into_iter().zip(expected) {
            Observed::of(&*world.store, neighbor).await.assert_same(&expected);
        }
        assert_eq!(world.store.count_customers().await.unwrap(), 2);
    }

    async fn a_customer_created_after_a_deletion_starts_afresh(world: World) {
        fill(&*world.store, world.customer).await;
        delete(&world).await;
        let again = world.another_customer("contoso").await;
        assert_ne!(again, world.customer);
        assert_eq!(world.store.count_users(again, None).await.unwrap(), 0);
        fill(&*world.store, again).await;
        assert_eq!(world.store.last_user_key(again).await.unwrap(), UserKey(2));
    }

    async fn a_dropped_deletion_leaves_everything(world: World) {
        fill(&*world.store, world.customer).await;
        let before = Observed::of(&*world.store, world.customer).await;
        let mut tx = world.lock().await;
        tx.delete_customer().await.unwrap();
        drop(tx);
        Observed::of(&*world.store, world.customer).await.assert_same(&before);
    }

    async fn who_waits_for_a_customer_that_is_deleted_finds_nobody(world: World) {
        let mut tx = world.lock().await;
        let store = world.store.clone();
        let customer = world.customer;
        let waiter = tokio::spawn(async move { store.lock_customer(customer).await });
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        tx.delete_customer().await.unwrap();
        tx.commit().await.unwrap();
        assert!(waiter.await.unwrap().unwrap().is_none());
    }
}

async fn delete(world: &World) {
    let mut tx = world.lock().await;
    tx.delete_customer().await.unwrap();
    tx.commit().await.unwrap();
}

/// Gives a customer a row in every table.
async fn fill(store: &dyn Store, customer: CustomerKey) {
    let mut tx = lock(store, customer).await;
    let users = ["ann", "bob"].map(new_user).into();
    tx.insert_users(users).await.unwrap();
    tx.save_entitlement(&entitlement(SUITE, 5)).await.unwrap();
    let decided = vec![(member(UserKey(1), "ann"), vec![assigned(SUITE, &[])])];
    tx.record_licenses(at(5), &actor(), changes(decided))
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
    let entry = tx.append(at(5), &actor(), accepted).await.unwrap();
    let request = RequestRecord {
        id: request_id("r1"),
        digest: [1; 32],
        target: RequestTarget::Entry(entry.sequence),
        create_time: at(6),
    };
    tx.insert_requests(std::slice::from_ref(&request))
        .await
        .unwrap();
    tx.commit().await.unwrap();
}
