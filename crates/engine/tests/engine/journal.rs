use seatkeeper_domain::{Effect, JournalSequence, ProductId};
use seatkeeper_engine::{EngineError, JournalEvent, JournalStream, ListJournal, Selector};

use crate::stores::on_every_store;
use crate::world::{CHUNK, World};

fn list(world: &World, after: i64) -> ListJournal {
    ListJournal {
        customer: world.customer.clone(),
        after: JournalSequence(after),
        limit: 100,
    }
}

/// Entries told up to and including the one numbered `last`, after the start.
async fn read_to(stream: &mut JournalStream, last: i64) -> Vec<i64> {
    let mut told = Vec::new();
    while stream.resume_point() < JournalSequence(last) {
        match stream.next().await.unwrap() {
            JournalEvent::Started | JournalEvent::Idle => {}
            JournalEvent::Entry(read) => told.push(read.entry.sequence.0),
        }
    }
    told
}

on_every_store! {
    async fn the_journal_tells_who_a_batch_was_and_how_it_went(world: World) {
        world.add_users(CHUNK + 1).await;
        world.buy("suite", 9).await;
        let (_, batch) = world.assign("suite", Selector::All).await;
        let (entries, newest) = world.engine.list_journal(&list(&world, 0)).await.unwrap();
        let last = entries.last().unwrap();
        assert_eq!(last.entry.sequence, newest);
        let Effect::BatchEnded { state, .. } = last.entry.effect else {
            panic!("a batch's end is journaled: {last:?}");
        };
        assert_eq!(state, batch.state);
        let of_the_batch = entries.iter().filter(|read| read.batch.is_some());
        assert!(of_the_batch.clone().all(|read| read.batch == Some(batch.id.clone())));
        // Accepted, two chunks, ended.
        assert_eq!(of_the_batch.count(), 4);
        let changes = entries.iter().find(|read| read.entry.effect.license_changes().is_some());
        let catalog = changes.unwrap().catalog.as_ref().unwrap();
        assert!(catalog.product_by_id(&ProductId::parse("suite").unwrap()).is_some());
    }

    async fn a_place_beyond_the_journal_is_refused(world: World) {
        let (_, newest) = world.engine.list_journal(&list(&world, 0)).await.unwrap();
        let none = world.engine.list_journal(&list(&world, newest.0)).await.unwrap();
        assert!(none.0.is_empty());
        let refused = world.engine.list_journal(&list(&world, newest.0 + 1)).await.map(|_| ());
        let Err(EngineError::JournalPlaceUnknown { given, max, .. }) = refused else {
            panic!("it was not refused: {refused:?}");
        };
        assert_eq!((given, max), (newest.0 + 1, newest.0));
    }

    async fn a_watcher_is_told_each_entry_once_also_those_of_other_servers(world: World) {
        let customer = &world.customer;
        let other = world.another_engine();
        let mut here = world.engine.watch_journal(customer, JournalSequence(0)).await.unwrap();
        let mut there = other.watch_journal(customer, JournalSequence(1)).await.unwrap();
        world.add_users(1).await;
        world.buy("suite", 3).await;
        assert_eq!(read_to(&mut here, 3).await, [1, 2, 3]);
        assert_eq!(read_to(&mut there, 3).await, [2, 3]);
    }

    async fn a_watcher_is_sent_away_with_its_place_when_the_server_stops(world: World) {
        let mut stream = world
            .engine
            .watch_journal(&world.customer, JournalSequence(0))
            .await
            .unwrap();
        read_to(&mut stream, 1).await;
        world.engine.drain(std::time::Duration::from_secs(10)).await;
        let ended = stream.next().await.map(|_| ());
        assert!(matches!(ended, Err(EngineError::Draining)), "{ended:?}");
        assert_eq!(stream.resume_point(), JournalSequence(1));
    }
}
