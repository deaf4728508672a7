use seatkeeper_domain::{BatchKey, JournalSequence};
use seatkeeper_store::{RequestRecord, RequestTarget};

use crate::stores::on_every_store;
use crate::world::{assert_taken, at, request_id};

on_every_store! {
    async fn a_request_reads_back_with_what_it_led_to(world: World) {
        let to_batch = record("one", RequestTarget::Batch(BatchKey(4)));
        let to_entry = record("two", RequestTarget::Entry(JournalSequence(9)));
        let mut tx = world.lock().await;
        tx.insert_requests(std::slice::from_ref(&to_batch)).await.unwrap();
        tx.insert_requests(std::slice::from_ref(&to_entry)).await.unwrap();
        assert_eq!(tx.request(&request_id("one")).await.unwrap().as_ref(), Some(&to_batch));
        tx.commit().await.unwrap();
        for expected in [to_batch, to_entry] {
            let found = world.store.request(world.customer, &expected.id).await.unwrap();
            assert_eq!(found, Some(expected));
        }
    }

    async fn a_request_nobody_made_is_not_found(world: World) {
        let id = request_id("one");
        assert_eq!(world.store.request(world.customer, &id).await.unwrap(), None);
        assert_eq!(world.lock().await.request(&id).await.unwrap(), None);
    }

    async fn a_request_id_is_used_once(world: World) {
        let mut tx = world.lock().await;
        tx.insert_requests(&[record("one", RequestTarget::Batch(BatchKey(4)))]).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = world.lock().await;
        let again = record("one", RequestTarget::Entry(JournalSequence(1)));
        assert_taken(tx.insert_requests(std::slice::from_ref(&again)).await, "request");
        drop(tx);
        let kept = world.store.request(world.customer, &again.id).await.unwrap().unwrap();
        assert_eq!(kept.target, RequestTarget::Batch(BatchKey(4)));
    }

    async fn many_requests_are_made_and_found_at_once(world: World) {
        let records: Vec<RequestRecord> = (1..=1_200)
            .map(|number| record(&format!("r{number}"), RequestTarget::Entry(JournalSequence(number))))
            .collect();
        let mut tx = world.lock().await;
        tx.insert_requests(&records).await.unwrap();
        tx.commit().await.unwrap();
        let ids = ["r1200", "never", "r1", "r77", "r1"].map(request_id);
        let found = world.lock().await.requests(&ids).await.unwrap();
        let told = |number: usize| Some(records[number - 1].clone());
        assert_eq!(found, [told(1_200), None, told(1), told(77), told(1)]);
    }

    async fn no_request_is_asked_for_or_made(world: World) {
        let mut tx = world.lock().await;
        assert_eq!(tx.requests(&[]).await.unwrap(), []);
        tx.insert_requests(&[]).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn a_request_id_is_not_used_twice_at_once(world: World) {
        let once = record("one", RequestTarget::Batch(BatchKey(4)));
        let other = record("two", RequestTarget::Batch(BatchKey(4)));
        let mut tx = world.lock().await;
        let twice = [once.clone(), other, once];
        assert_taken(tx.insert_requests(&twice).await, "request");
    }

    async fn a_request_rolled_back_was_never_made(world: World) {
        let mut tx = world.lock().await;
        let one = record("one", RequestTarget::Batch(BatchKey(4)));
        tx.insert_requests(std::slice::from_ref(&one)).await.unwrap();
        drop(tx);
        assert_eq!(world.store.request(world.customer, &one.id).await.unwrap(), None);
        let mut tx = world.lock().await;
        tx.insert_requests(std::slice::from_ref(&one)).await.unwrap();
        tx.commit().await.unwrap();
    }
}

fn record(id: &str, target: RequestTarget) -> RequestRecord {
    let mut digest = [0; 32];
    digest[..id.len()].copy_from_slice(id.as_bytes());
    digest[31] = 0xff;
    RequestRecord {
        id: request_id(id),
        digest,
        target,
        create_time: at(6),
    }
}
