use seatkeeper_domain::{Effect, JournalSequence, ProductId};
use seatkeeper_engine::{EngineError, JournalEvent, JournalStream, ListJournal, Selector};

use crate::fixture::{CHUNK, Fixture};
use crate::stores::on_every_store;

fn list(fixture: &Fixture, after: i64) -> ListJournal {
    ListJournal {
        customer: fixture.customer.clone(),
        after: JournalSequence(after),
        limit: 100,
    }
}

/// The sequence numbers of all entries up to `last`; the stream must begin with `Started`.
async fn read_to(stream: &mut JournalStream, last: i64) -> Vec<i64> {
    let mut sequences = Vec::new();
    while stream.resume_point() < JournalSequence(last) {
        match stream.next().await.unwrap() {
            JournalEvent::Started | JournalEvent::Idle => {}
            JournalEvent::Entry(read) => sequences.push(read.entry.sequence.0),
        }
    }
    sequences
}

on_every_store! {
    async fn the_journal_records_a_batch_and_its_outcome(fixture: Fixture) {
        fixture.add_users(CHUNK + 1).await;
        fixture.buy("suite", 9).await;
        let (_, batch) = fixture.assign("suite", Selector::All).await;
        let (entries, newest) = fixture.engine.list_journal(&list(&fixture, 0)).await.unwrap();
        let last = entries.last().unwrap();
        assert_eq!(last.entry.sequence, newest);
        let Effect::BatchEnded { state, .. } = last.entry.effect else {
            panic!("the journal must contain the end of the batch: {last:?}");
        };
        assert_eq!(state, batch.state);
        let of_the_batch = entries.iter().filter(|read| read.batch.is_some());
        assert!(of_the_batch.clone().all(|read| read.batch == Some(batch.id.clone())));
        // One entry for acceptance, two for chunks, one for the end.
        assert_eq!(of_the_batch.count(), 4);
        let changes = entries.iter().find(|read| read.entry.effect.license_changes().is_some());
        let catalog = changes.unwrap().catalog.as_ref().unwrap();
        assert!(catalog.product_by_id(&ProductId::parse("suite").unwrap()).is_some());
    }

    async fn a_position_beyond_the_journal_is_refused(fixture: Fixture) {
        let (_, newest) = fixture.engine.list_journal(&list(&fixture, 0)).await.unwrap();
        let none = fixture.engine.list_journal(&list(&fixture, newest.0)).await.unwrap();
        assert!(none.0.is_empty());
        let refused = fixture.engine.list_journal(&list(&fixture, newest.0 + 1)).await.map(|_| ());
        let Err(EngineError::JournalPositionUnknown { given, max, .. }) = refused else {
            panic!("it was not rejected: {refused:?}");
        };
        assert_eq!((given, max), (newest.0 + 1, newest.0));
    }

    async fn a_watcher_receives_each_entry_once_also_those_of_other_servers(fixture: Fixture) {
        let customer = &fixture.customer;
        let other = fixture.another_engine();
        let mut here = fixture.engine.watch_journal(customer, JournalSequence(0)).await.unwrap();
        let mut there = other.watch_journal(customer, JournalSequence(1)).await.unwrap();
        fixture.add_users(1).await;
        fixture.buy("suite", 3).await;
        assert_eq!(read_to(&mut here, 3).await, [1, 2, 3]);
        assert_eq!(read_to(&mut there, 3).await, [2, 3]);
    }

    async fn a_watcher_is_ended_with_its_position_when_the_server_stops(fixture: Fixture) {
        let mut stream = fixture
            .engine
            .watch_journal(&fixture.customer, JournalSequence(0))
            .await
            .unwrap();
        read_to(&mut stream, 1).await;
        fixture.engine.drain(std::time::Duration::from_secs(10)).await;
        let ended = stream.next().await.map(|_| ());
        assert!(matches!(ended, Err(EngineError::Draining)), "{ended:?}");
        assert_eq!(stream.resume_point(), JournalSequence(1));
    }
}
