use seatkeeper_domain::{BatchKey, JournalSequence};
use seatkeeper_store::{IdempotencyRecord, IdempotencyTarget};

use crate::fixture::{assert_taken, at, request_id};
use crate::stores::on_every_store;

on_every_store! {
    async fn a_request_reads_back_with_what_it_led_to(fixture: Fixture) {
        let to_batch = record("one", IdempotencyTarget::Batch(BatchKey(4)));
        let to_entry = record("two", IdempotencyTarget::Entry(JournalSequence(9)));
        let mut tx = fixture.lock().await;
        tx.insert_idempotency_records(std::slice::from_ref(&to_batch)).await.unwrap();
        tx.insert_idempotency_records(std::slice::from_ref(&to_entry)).await.unwrap();
        assert_eq!(tx.idempotency_record(&request_id("one")).await.unwrap().as_ref(), Some(&to_batch));
        tx.commit().await.unwrap();
        for expected in [to_batch, to_entry] {
            let found = fixture.store.idempotency_record(fixture.customer, &expected.id).await.unwrap();
            assert_eq!(found, Some(expected));
        }
    }

    async fn a_request_that_was_never_made_is_not_found(fixture: Fixture) {
        let id = request_id("one");
        assert_eq!(fixture.store.idempotency_record(fixture.customer, &id).await.unwrap(), None);
        assert_eq!(fixture.lock().await.idempotency_record(&id).await.unwrap(), None);
    }

    async fn a_request_id_is_used_once(fixture: Fixture) {
        let mut tx = fixture.lock().await;
        tx.insert_idempotency_records(&[record("one", IdempotencyTarget::Batch(BatchKey(4)))]).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = fixture.lock().await;
        let again = record("one", IdempotencyTarget::Entry(JournalSequence(1)));
        assert_taken(tx.insert_idempotency_records(std::slice::from_ref(&again)).await, "request");
        drop(tx);
        let kept = fixture.store.idempotency_record(fixture.customer, &again.id).await.unwrap().unwrap();
        assert_eq!(kept.target, IdempotencyTarget::Batch(BatchKey(4)));
    }

    async fn many_requests_are_made_and_found_at_once(fixture: Fixture) {
        let records: Vec<IdempotencyRecord> = (1..=1_200)
            .map(|number| record(&format!("r{number}"), IdempotencyTarget::Entry(JournalSequence(number))))
            .collect();
        let mut tx = fixture.lock().await;
        tx.insert_idempotency_records(&records).await.unwrap();
        tx.commit().await.unwrap();
        let ids = ["r1200", "never", "r1", "r77", "r1"].map(request_id);
        let found = fixture.lock().await.idempotency_records(&ids).await.unwrap();
        let expected = |number: usize| Some(records[number - 1].clone());
        assert_eq!(found, [expected(1_200), None, expected(1), expected(77), expected(1)]);
    }

    async fn no_request_is_asked_for_or_made(fixture: Fixture) {
        let mut tx = fixture.lock().await;
        assert_eq!(tx.idempotency_records(&[]).await.unwrap(), []);
        tx.insert_idempotency_records(&[]).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn a_request_id_is_not_used_twice_at_once(fixture: Fixture) {
        let once = record("one", IdempotencyTarget::Batch(BatchKey(4)));
        let other = record("two", IdempotencyTarget::Batch(BatchKey(4)));
        let mut tx = fixture.lock().await;
        let twice = [once.clone(), other, once];
        assert_taken(tx.insert_idempotency_records(&twice).await, "request");
    }

    async fn a_request_rolled_back_was_never_made(fixture: Fixture) {
        let mut tx = fixture.lock().await;
        let one = record("one", IdempotencyTarget::Batch(BatchKey(4)));
        tx.insert_idempotency_records(std::slice::from_ref(&one)).await.unwrap();
        drop(tx);
        assert_eq!(fixture.store.idempotency_record(fixture.customer, &one.id).await.unwrap(), None);
        let mut tx = fixture.lock().await;
        tx.insert_idempotency_records(std::slice::from_ref(&one)).await.unwrap();
        tx.commit().await.unwrap();
    }
}

fn record(id: &str, target: IdempotencyTarget) -> IdempotencyRecord {
    let mut digest = [0; 32];
    digest[..id.len()].copy_from_slice(id.as_bytes());
    digest[31] = 0xff;
    IdempotencyRecord {
        id: request_id(id),
        digest,
        target,
        create_time: at(6),
    }
}
