//! Batches and request ids that were kept long enough.

use seatkeeper_domain::{BatchKey, BatchState, CustomerKey, JournalSequence, UserKey};
use seatkeeper_store::{
    Batch, EndedBatch, NewBatch, PackedSegment, RequestRecord, RequestTarget, Snapshot, StoreResult,
};

use crate::stores::on_every_store;
use crate::world::{
    ALL, World, assert_corrupt, at, batch_id, batch_spec, known, lock, new_batch, request_id,
};

on_every_store! {
    async fn batches_that_ended_are_found_the_longest_ended_first(world: World) {
        let other = world.another_customer("other").await;
        let late = ended(&world, world.customer, "late", 30, 1).await;
        let early = ended(&world, other, "early", 10, 1).await;
        let same = ended(&world, world.customer, "same", 10, 1).await;
        let next = ended(&world, world.customer, "next", 10, 1).await;
        ended(&world, world.customer, "never", 31, 1).await;
        running(&world, "running").await;
        let expected = [same, next, early, late];
        assert_eq!(found(&world, 30, None, ALL).await.unwrap(), expected);
        assert_eq!(found(&world, 30, None, 2).await.unwrap(), expected[..2]);
        for place in 0..expected.len() {
            let rest = found(&world, 30, Some(expected[place]), ALL).await.unwrap();
            assert_eq!(rest, expected[place + 1..]);
        }
        assert_eq!(found(&world, 9, None, ALL).await.unwrap(), []);
    }

    async fn a_batch_is_removed_step_by_step_and_hidden_from_the_first_on(world: World) {
        let place = ended(&world, world.customer, "one", 10, 3).await;
        let kept = ended(&world, world.customer, "two", 10, 1).await;
        assert!(!removed(&world, place.batch, 2).await.unwrap());
        assert_hidden(&world, place.batch, kept.batch).await;
        assert_eq!(found(&world, 10, None, ALL).await.unwrap(), [place, kept]);
        assert!(removed(&world, place.batch, 2).await.unwrap());
        assert_hidden(&world, place.batch, kept.batch).await;
        assert_eq!(found(&world, 10, None, ALL).await.unwrap(), [kept]);
        assert!(removed(&world, place.batch, 2).await.unwrap(), "nothing is left to remove");
        let mut tx = world.lock().await;
        let again = tx.insert_batch(new_batch("one")).await.unwrap();
        assert_eq!(again.key, BatchKey(3));
    }

    async fn a_batch_whose_removal_is_rolled_back_is_there(world: World) {
        let place = ended(&world, world.customer, "one", 10, 2).await;
        let mut tx = world.lock().await;
        assert!(tx.remove_batch(place.batch, 9).await.unwrap());
        drop(tx);
        let there = world.store.batch(world.customer, place.batch).await.unwrap();
        assert!(there.is_some());
        let users = world.store.segments(world.customer, place.batch, 0, 9).await.unwrap();
        assert_eq!(users.unwrap().len(), 2);
    }

    async fn a_batch_that_has_not_ended_is_not_removed(world: World) {
        let running = running(&world, "running").await;
        let mut tx = world.lock().await;
        let preparing = tx.insert_batch(new_batch("preparing")).await.unwrap().key;
        tx.commit().await.unwrap();
        for batch in [running, preparing] {
            assert_corrupt(removed(&world, batch, 9).await);
            assert!(world.store.batch(world.customer, batch).await.unwrap().is_some());
        }
    }

    async fn batches_that_are_not_finished_are_told_in_order(world: World) {
        let first = running(&world, "first").await;
        ended(&world, world.customer, "ended", 10, 1).await;
        let mut tx = world.lock().await;
        let preparing = tx.insert_batch(new_batch("preparing")).await.unwrap().key;
        let unfinished = tx.unfinished_batches().await.unwrap();
        let keys: Vec<_> = unfinished.iter().map(|batch| batch.key).collect();
        assert_eq!(keys, [first, preparing]);
    }

    async fn old_request_ids_are_forgotten_the_oldest_first(world: World) {
        let other = world.another_customer("other").await;
        for (id, time) in [("c", 30), ("a", 10), ("b", 10), ("d", 31)] {
            request(&world, world.customer, id, RequestTarget::Entry(JournalSequence(1)), time).await;
        }
        request(&world, world.customer, "batch", RequestTarget::Batch(BatchKey(1)), 1).await;
        request(&world, other, "other", RequestTarget::Entry(JournalSequence(1)), 20).await;
        let both = [world.customer, other];
        assert_eq!(customers(&world, 30, ALL).await.unwrap(), both);
        assert_eq!(customers(&world, 30, 3).await.unwrap(), both);
        assert_eq!(customers(&world, 30, 2).await.unwrap(), both[..1]);
        assert_eq!(customers(&world, 9, ALL).await.unwrap(), []);
        let forgotten = async |limit| {
            let mut tx = world.lock().await;
            let count = tx.remove_old_requests(at(30), limit).await.unwrap();
            tx.commit().await.unwrap();
            count
        };
        assert_eq!(forgotten(2).await, 2);
        assert_eq!(known_requests(&world).await, ["batch", "c", "d"]);
        assert_eq!(forgotten(2).await, 1);
        assert_eq!(known_requests(&world).await, ["batch", "d"]);
        assert_eq!(forgotten(2).await, 0);
        assert_eq!(customers(&world, 30, ALL).await.unwrap(), [other]);
    }
}

/// A batch made under a request id of its own name, with segments of one user each, that ended.
async fn ended(
    world: &World,
    customer: CustomerKey,
    name: &str,
    end: i64,
    segments: i64,
) -> EndedBatch {
    let mut tx = lock(&*world.store, customer).await;
    let batch = prepare(&mut *tx, name, segments).await;
    let saved = Batch {
        state: BatchState::Succeeded,
        user_count: segments,
        processed_count: segments,
        end_time: Some(at(end)),
        ..batch
    };
    tx.save_batch(&saved).await.unwrap();
    tx.commit().await.unwrap();
    EndedBatch {
        end_time: at(end),
        customer,
        batch: saved.key,
    }
}

async fn prepare(tx: &mut dyn seatkeeper_store::CustomerTx, name: &str, segments: i64) -> Batch {
    let mut new = NewBatch {
        spec: batch_spec(),
        ..new_batch(name)
    };
    new.spec.request_id = Some(request_id(name));
    let batch = tx.insert_batch(new).await.unwrap();
    let record = record(name, RequestTarget::Batch(batch.key), 3);
    tx.insert_requests(&[record]).await.unwrap();
    for position in 0..segments {
        let segment = PackedSegment::pack(&[known(UserKey(position + 1))]);
        tx.append_segments(batch.key, position, &[segment])
            .await
            .unwrap();
    }
    batch
}

async fn running(world: &World, name: &str) -> BatchKey {
    let mut tx = world.lock().await;
    let batch = prepare(&mut *tx, name, 1).await;
    let state = BatchState::Running;
    tx.save_batch(&Batch {
        state,
        ..batch.clone()
    })
    .await
    .unwrap();
    tx.commit().await.unwrap();
    batch.key
}

async fn removed(world: &World, batch: BatchKey, segments_max: usize) -> StoreResult<bool> {
    let mut tx = world.lock().await;
    let done = tx.remove_batch(batch, segments_max).await?;
    tx.commit().await?;
    Ok(done)
}

async fn found(
    world: &World,
    until: i64,
    after: Option<EndedBatch>,
    limit: usize,
) -> StoreResult<Vec<EndedBatch>> {
    world.store.ended_batches(at(until), after, limit).await
}

/// Nobody finds the batch `one`, neither by name nor by request id, and its like is still there.
async fn assert_hidden(world: &World, hidden: BatchKey, kept: BatchKey) {
    let (store, customer) = (&world.store, world.customer);
    assert_eq!(store.batch(customer, hidden).await.unwrap(), None);
    assert_eq!(
        store.batch_by_id(customer, &batch_id("one")).await.unwrap(),
        None
    );
    assert_eq!(
        store.request(customer, &request_id("one")).await.unwrap(),
        None
    );
    assert!(
        store
            .request(customer, &request_id("two"))
            .await
            .unwrap()
            .is_some()
    );
    let ids = store.batch_ids(customer, &[hidden, kept]).await.unwrap();
    assert_eq!(ids, [(kept, batch_id("two"))]);
    let both = [(customer, hidden), (customer, kept)];
    let progress = store.batch_progress(&both).await.unwrap();
    assert_eq!(progress.len(), 1, "{progress:?}");
    assert_eq!(store.count_batches(customer).await.unwrap(), 1);
    let listed = store.list_batches(customer, None, ALL).await.unwrap();
    assert_eq!(
        listed.iter().map(|batch| batch.key).collect::<Vec<_>>(),
        [kept]
    );
    let mut snapshot = store.snapshot(customer).await.unwrap().unwrap();
    assert_eq!(
        shown(&mut *snapshot).await,
        ([kept].to_vec(), [kept].to_vec())
    );
}

/// The batches that an audit sees, and those it sees segments of.
async fn shown(snapshot: &mut dyn Snapshot) -> (Vec<BatchKey>, Vec<BatchKey>) {
    let batches = snapshot.batches(BatchKey(0), ALL).await.unwrap();
    let segments = snapshot.segments(None, ALL).await.unwrap();
    (
        batches.iter().map(|batch| batch.key).collect(),
        segments.iter().map(|segment| segment.batch).collect(),
    )
}

async fn request(world: &World, customer: CustomerKey, id: &str, target: RequestTarget, time: i64) {
    let mut tx = lock(&*world.store, customer).await;
    tx.insert_requests(&[record(id, target, time)])
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

fn record(id: &str, target: RequestTarget, time: i64) -> RequestRecord {
    RequestRecord {
        id: request_id(id),
        digest: [1; 32],
        target,
        create_time: at(time),
    }
}

async fn customers(world: &World, until: i64, limit: usize) -> StoreResult<Vec<CustomerKey>> {
    let store = &world.store;
    store.customers_with_old_requests(at(until), limit).await
}

async fn known_requests(world: &World) -> Vec<String> {
    let mut snapshot = world.store.snapshot(world.customer).await.unwrap().unwrap();
    let requests = snapshot.requests(None, ALL).await.unwrap();
    requests
        .iter()
        .map(|request| request.id.as_str().to_owned())
        .collect()
}
