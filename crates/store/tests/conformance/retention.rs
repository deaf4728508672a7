//! Deletion of batches and request ids after their retention period.

use seatkeeper_domain::{BatchKey, BatchState, CustomerKey, JournalSequence, UserKey};
use seatkeeper_store::{
    Batch, EndedBatch, IdempotencyRecord, IdempotencyTarget, NewBatch, PackedSegment, Snapshot,
    StoreResult,
};

use crate::fixture::{
    ALL, Fixture, assert_corrupt, at, batch_id, batch_spec, known, lock, new_batch, request_id,
};
use crate::stores::on_every_store;

on_every_store! {
    async fn batches_that_ended_are_found_the_longest_ended_first(fixture: Fixture) {
        let other = fixture.another_customer("other").await;
        let late = ended(&fixture, fixture.customer, "late", 30, 1).await;
        let early = ended(&fixture, other, "early", 10, 1).await;
        let same = ended(&fixture, fixture.customer, "same", 10, 1).await;
        let next = ended(&fixture, fixture.customer, "next", 10, 1).await;
        ended(&fixture, fixture.customer, "never", 31, 1).await;
        running(&fixture, "running").await;
        let expected = [same, next, early, late];
        assert_eq!(found(&fixture, 30, None, ALL).await.unwrap(), expected);
        assert_eq!(found(&fixture, 30, None, 2).await.unwrap(), expected[..2]);
        for index in 0..expected.len() {
            let rest = found(&fixture, 30, Some(expected[index]), ALL).await.unwrap();
            assert_eq!(rest, expected[index + 1..]);
        }
        assert_eq!(found(&fixture, 9, None, ALL).await.unwrap(), []);
    }

    async fn a_batch_is_removed_step_by_step_and_hidden_from_the_first_on(fixture: Fixture) {
        let ended_batch = ended(&fixture, fixture.customer, "one", 10, 3).await;
        let kept = ended(&fixture, fixture.customer, "two", 10, 1).await;
        assert!(!removed(&fixture, ended_batch.batch, 2).await.unwrap());
        assert_hidden(&fixture, ended_batch.batch, kept.batch).await;
        assert_eq!(found(&fixture, 10, None, ALL).await.unwrap(), [ended_batch, kept]);
        assert!(removed(&fixture, ended_batch.batch, 2).await.unwrap());
        assert_hidden(&fixture, ended_batch.batch, kept.batch).await;
        assert_eq!(found(&fixture, 10, None, ALL).await.unwrap(), [kept]);
        assert!(removed(&fixture, ended_batch.batch, 2).await.unwrap(), "nothing is left to remove");
        let mut tx = fixture.lock().await;
        let again = tx.insert_batch(new_batch("one")).await.unwrap();
        assert_eq!(again.key, BatchKey(3));
    }

    async fn a_batch_whose_removal_is_rolled_back_is_there(fixture: Fixture) {
        let ended_batch = ended(&fixture, fixture.customer, "one", 10, 2).await;
        let mut tx = fixture.lock().await;
        assert!(tx.remove_batch(ended_batch.batch, 9).await.unwrap());
        drop(tx);
        let there = fixture.store.batch(fixture.customer, ended_batch.batch).await.unwrap();
        assert!(there.is_some());
        let users = fixture.store.segments(fixture.customer, ended_batch.batch, 0, 9).await.unwrap();
        assert_eq!(users.unwrap().len(), 2);
    }

    async fn a_batch_that_has_not_ended_is_not_removed(fixture: Fixture) {
        let running = running(&fixture, "running").await;
        let mut tx = fixture.lock().await;
        let preparing = tx.insert_batch(new_batch("preparing")).await.unwrap().key;
        tx.commit().await.unwrap();
        for batch in [running, preparing] {
            assert_corrupt(removed(&fixture, batch, 9).await);
            assert!(fixture.store.batch(fixture.customer, batch).await.unwrap().is_some());
        }
    }

    async fn unfinished_batches_are_listed_in_order(fixture: Fixture) {
        let first = running(&fixture, "first").await;
        ended(&fixture, fixture.customer, "ended", 10, 1).await;
        let mut tx = fixture.lock().await;
        let preparing = tx.insert_batch(new_batch("preparing")).await.unwrap().key;
        let unfinished = tx.unfinished_batches().await.unwrap();
        let keys: Vec<_> = unfinished.iter().map(|batch| batch.key).collect();
        assert_eq!(keys, [first, preparing]);
    }

    async fn old_request_ids_are_deleted_oldest_first(fixture: Fixture) {
        let other = fixture.another_customer("other").await;
        for (id, time) in [("c", 30), ("a", 10), ("b", 10), ("d", 31)] {
            insert_record(&fixture, fixture.customer, id, IdempotencyTarget::Entry(JournalSequence(1)), time).await;
        }
        insert_record(&fixture, fixture.customer, "batch", IdempotencyTarget::Batch(BatchKey(1)), 1).await;
        insert_record(&fixture, other, "other", IdempotencyTarget::Entry(JournalSequence(1)), 20).await;
        let both = [fixture.customer, other];
        assert_eq!(customers(&fixture, 30, ALL).await.unwrap(), both);
        assert_eq!(customers(&fixture, 30, 3).await.unwrap(), both);
        assert_eq!(customers(&fixture, 30, 2).await.unwrap(), both[..1]);
        assert_eq!(customers(&fixture, 9, ALL).await.unwrap(), []);
        let deleted = async |limit| {
            let mut tx = fixture.lock().await;
            let count = tx.delete_old_idempotency_records(at(30), limit).await.unwrap();
            tx.commit().await.unwrap();
            count
        };
        assert_eq!(deleted(2).await, 2);
        assert_eq!(known_requests(&fixture).await, ["batch", "c", "d"]);
        assert_eq!(deleted(2).await, 1);
        assert_eq!(known_requests(&fixture).await, ["batch", "d"]);
        assert_eq!(deleted(2).await, 0);
        assert_eq!(customers(&fixture, 30, ALL).await.unwrap(), [other]);
    }
}

/// An ended batch whose request id is its name, with segments of one user each.
async fn ended(
    fixture: &Fixture,
    customer: CustomerKey,
    name: &str,
    end: i64,
    segments: i64,
) -> EndedBatch {
    let mut tx = lock(&*fixture.store, customer).await;
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
    let record = record(name, IdempotencyTarget::Batch(batch.key), 3);
    tx.insert_idempotency_records(&[record]).await.unwrap();
    for position in 0..segments {
        let segment = PackedSegment::pack(&[known(UserKey(position + 1))]);
        tx.append_segments(batch.key, position, &[segment])
            .await
            .unwrap();
    }
    batch
}

async fn running(fixture: &Fixture, name: &str) -> BatchKey {
    let mut tx = fixture.lock().await;
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

async fn removed(fixture: &Fixture, batch: BatchKey, segments_max: usize) -> StoreResult<bool> {
    let mut tx = fixture.lock().await;
    let done = tx.remove_batch(batch, segments_max).await?;
    tx.commit().await?;
    Ok(done)
}

async fn found(
    fixture: &Fixture,
    until: i64,
    after: Option<EndedBatch>,
    limit: usize,
) -> StoreResult<Vec<EndedBatch>> {
    fixture.store.ended_batches(at(until), after, limit).await
}

/// The batch `one` is found neither by key, by identifier nor by request id, and the batch `two` is
/// still there.
async fn assert_hidden(fixture: &Fixture, hidden: BatchKey, kept: BatchKey) {
    let (store, customer) = (&fixture.store, fixture.customer);
    assert_eq!(store.batch(customer, hidden).await.unwrap(), None);
    assert_eq!(
        store.batch_by_id(customer, &batch_id("one")).await.unwrap(),
        None
    );
    assert_eq!(
        store
            .idempotency_record(customer, &request_id("one"))
            .await
            .unwrap(),
        None
    );
    assert!(
        store
            .idempotency_record(customer, &request_id("two"))
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

/// The batches that a snapshot returns, and the batches whose segments it returns.
async fn shown(snapshot: &mut dyn Snapshot) -> (Vec<BatchKey>, Vec<BatchKey>) {
    let batches = snapshot.batches(BatchKey(0), ALL).await.unwrap();
    let segments = snapshot.segments(None, ALL).await.unwrap();
    (
        batches.iter().map(|batch| batch.key).collect(),
        segments.iter().map(|segment| segment.batch).collect(),
    )
}

async fn insert_record(
    fixture: &Fixture,
    customer: CustomerKey,
    id: &str,
    target: IdempotencyTarget,
    time: i64,
) {
    let mut tx = lock(&*fixture.store, customer).await;
    tx.insert_idempotency_records(&[record(id, target, time)])
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

fn record(id: &str, target: IdempotencyTarget, time: i64) -> IdempotencyRecord {
    IdempotencyRecord {
        id: request_id(id),
        digest: [1; 32],
        target,
        create_time: at(time),
    }
}

async fn customers(fixture: &Fixture, until: i64, limit: usize) -> StoreResult<Vec<CustomerKey>> {
    let store = &fixture.store;
    store
        .customers_with_old_idempotency_records(at(until), limit)
        .await
}

async fn known_requests(fixture: &Fixture) -> Vec<String> {
    let mut snapshot = fixture
        .store
        .snapshot(fixture.customer)
        .await
        .unwrap()
        .unwrap();
    let records = snapshot.idempotency_records(None, ALL).await.unwrap();
    records
        .iter()
        .map(|request| request.id.as_str().to_owned())
        .collect()
}
