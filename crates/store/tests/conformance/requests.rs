use seatkeeper_domain::{BatchKey, JournalSequence};
use seatkeeper_store::{RequestRecord, RequestTarget};

use crate::stores::on_every_store;
use crate::world::{assert_taken, at, request_id};

on_every_store! {
    async fn a_request_reads_back_with_what_it_led_to(world: World) {
        let to_batch = record("one", RequestTarget::Batch(BatchKey(4)));
        let to_entry = record("two", RequestTarget::Entry(JournalSequence(9)));
        let mut tx = world.lock().await;
        tx.insert_request(&to_batch).await.unwrap();
        tx.insert_request(&to_entry).await.unwrap();
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
        tx.insert_request(&record("one", RequestTarget::Batch(BatchKey(4)))).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = world.lock().await;
        let again = record("one", RequestTarget::Entry(JournalSequence(1)));
        assert_taken(tx.insert_request(&again).await, "request");
        drop(tx);
        let kept = world.store.request(world.customer, &again.id).await.unwrap().unwrap();
        assert_eq!(kept.target, RequestTarget::Batch(BatchKey(4)));
    }

    async fn a_request_rolled_back_was_never_made(world: World) {
        let mut tx = world.lock().await;
        let one = record("one", RequestTarget::Batch(BatchKey(4)));
        tx.insert_request(&one).await.unwrap();
        drop(tx);
        assert_eq!(world.store.request(world.customer, &one.id).await.unwrap(), None);
        let mut tx = world.lock().await;
        tx.insert_request(&one).await.unwrap();
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
