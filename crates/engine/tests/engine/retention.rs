//! Ended batches, idempotency records and old journal entries are kept for their retention period,
//! then removed.

use std::time::Duration;

use seatkeeper_domain::{BatchId, BatchMode, JournalSequence, Principal};
use seatkeeper_engine::{
    Batch, BatchEvent, BatchSource, BatchTask, CallerId, Engine, EngineError, JournalEvent, Limits,
    ListBatchResults, ListJournal, ResultFilter, RevertBatch, Selector,
};
use seatkeeper_store::{Lease, NewBatch};

use crate::fixture::{CHUNK, Fixture, limits, request_id, users};
use crate::stores::on_every_store;

/// Days that batches are kept in these tests.
const KEPT: i64 = 90;

on_every_store! {
    async fn a_batch_is_kept_for_as_long_as_configured_and_no_longer(fixture: Fixture) {
        let batch = assigned(&fixture).await;
        fixture.clock.pass(KEPT - 1);
        let server = retention_server(&fixture);
        assert!(!gone_soon(&fixture, &batch.id).await, "the retention period has not passed");
        fixture.clock.pass(2);
        assert!(gone_soon(&fixture, &batch.id).await);
        assert_eq!(fixture.engine.list_batches(&fixture.customer, None, 9).await.unwrap().total, 0);
        let list = ListBatchResults {
            customer: fixture.customer.clone(),
            batch: batch.id.clone(),
            filter: ResultFilter::default(),
            include_current_licenses: false,
            after: 0,
            limit: 9,
        };
        not_found(fixture.engine.list_batch_results(&list).await);
        not_found(fixture.engine.follow_batch(&fixture.customer, &batch.id, 0).await);
        not_found(fixture.engine.revert_batch(revert(&fixture, &batch.id)).await);
        assert_eq!(fixture.holdings().await.len(), CHUNK + 1, "the licenses stay");
        server.drain(Duration::from_secs(5)).await;
    }

    async fn unlimited_retention_deletes_nothing(fixture: Fixture) {
        let batch = assigned(&fixture).await;
        fixture.clock.pass(100 * KEPT);
        let limits = Limits { batch_retention: None, ..retention_limits() };
        let server = fixture.another_engine_with(limits);
        server.start();
        assert!(!gone_soon(&fixture, &batch.id).await);
        server.drain(Duration::from_secs(5)).await;
    }

    async fn a_request_id_acts_anew_when_its_batch_is_gone(fixture: Fixture) {
        fixture.add_users(1).await;
        fixture.buy("suite", 9).await;
        let mut request = fixture.request(&["suite"], &[]);
        request.request_id = Some(request_id("once"));
        let engine = &fixture.engine;
        let (_, first) = fixture.run(request.clone(), Selector::All).await;
        let again = engine.start_batch(request.clone(), Selector::All).await.unwrap();
        assert!(again.joined);
        fixture.clock.pass(KEPT + 1);
        let server = retention_server(&fixture);
        assert!(gone_soon(&fixture, &first.id).await);
        let anew = engine.start_batch(request, users(&["u1"])).await.unwrap();
        assert!(!anew.joined);
        assert_ne!(anew.batch.id, first.id);
        server.drain(Duration::from_secs(5)).await;
    }

    async fn the_request_id_of_a_purchase_is_deleted(fixture: Fixture) {
        let mut purchase = fixture.purchase("suite", 3);
        purchase.request_id = Some(request_id("once"));
        let seats = async || {
            let bought = fixture.engine.purchase_seats(purchase.clone()).await.unwrap();
            let purchases = bought.entitlement.entitlement.purchases;
            purchases.iter().map(|purchase| purchase.seats).sum::<i64>()
        };
        assert_eq!(seats().await, 3);
        assert_eq!(seats().await, 3, "it acts once");
        fixture.clock.pass(KEPT + 1);
        let server = retention_server(&fixture);
        let key = fixture.engine.customer(&fixture.customer).await.unwrap().key;
        let id = request_id("once");
        let deleted = async {
            while fixture.stores.store.idempotency_record(key, &id).await.unwrap().is_some() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), deleted).await.unwrap();
        assert_eq!(seats().await, 6);
        server.drain(Duration::from_secs(5)).await;
    }

    async fn a_reader_in_the_middle_gets_batch_not_found(fixture: Fixture) {
        let batch = assigned(&fixture).await;
        let engine = &fixture.engine;
        let mut stream = engine.follow_batch(&fixture.customer, &batch.id, 0).await.unwrap();
        assert!(matches!(stream.next().await, Ok(Some(BatchEvent::Started(_)))));
        fixture.clock.pass(KEPT + 1);
        let server = retention_server(&fixture);
        assert!(gone_soon(&fixture, &batch.id).await);
        let ended = loop {
            match stream.next().await {
                Ok(Some(BatchEvent::Results { .. } | BatchEvent::Progress { .. })) => {}
                other => break other,
            }
        };
        not_found(ended);
        server.drain(Duration::from_secs(5)).await;
    }

    async fn the_journal_of_a_removed_batch_stays(fixture: Fixture) {
        assigned(&fixture).await;
        let key = fixture.engine.customer(&fixture.customer).await.unwrap().key;
        let entries = async || {
            let journal = fixture.stores.store.journal(key, JournalSequence(0), 99).await;
            journal.unwrap()
        };
        let before = entries().await;
        let batch = fixture.engine.list_batches(&fixture.customer, None, 1).await.unwrap();
        fixture.clock.pass(KEPT + 1);
        let server = retention_server(&fixture);
        assert!(gone_soon(&fixture, &batch.items[0].id).await);
        assert_eq!(entries().await, before);
        let verdict = seatkeeper_verify::verify_customer(&*fixture.stores.store, key).await;
        assert_eq!(verdict.unwrap().unwrap().findings, []);
        server.drain(Duration::from_secs(5)).await;
    }

    async fn old_journal_entries_go_with_what_they_came_to_in_their_place(fixture: Fixture) {
        let batch = assigned(&fixture).await;
        let key = fixture.engine.customer(&fixture.customer).await.unwrap().key;
        fixture.clock.pass(2 * KEPT);
        fixture.assign("suite", Selector::All).await;
        let server = compactor(&fixture, 2 * KEPT - 1);
        assert!(gone_soon(&fixture, &batch.id).await);
        let list = |after| ListJournal {
            customer: fixture.customer.clone(),
            after: JournalSequence(after),
            limit: 99,
        };
        let engine = &fixture.engine;
        let removed = async {
            while engine.list_journal(&list(1)).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), removed).await.unwrap();
        server.drain(Duration::from_secs(5)).await;
        let (entries, newest) = engine.list_journal(&list(0)).await.unwrap();
        let first = entries[0].entry.sequence;
        assert!(first > JournalSequence(2) && first < newest, "the first batch is removed");
        let Err(EngineError::JournalPositionUnknown { given: 1, min, max }) =
            engine.list_journal(&list(1)).await.map(|_| ())
        else {
            panic!("the entries after 1 must be removed");
        };
        assert_eq!((min, max), (first.0 - 1, newest.0));
        let refused = engine.watch_journal(&fixture.customer, JournalSequence(1)).await;
        assert!(matches!(refused, Err(EngineError::JournalPositionUnknown { .. })));
        let mut watched = engine.watch_journal(&fixture.customer, JournalSequence(0)).await.unwrap();
        assert!(matches!(watched.next().await, Ok(JournalEvent::Started)));
        let Ok(JournalEvent::Entry(read)) = watched.next().await else {
            panic!("the first event is the first remaining entry");
        };
        assert_eq!(read.entry.sequence, first);
        let verdict = seatkeeper_verify::verify_customer(&*fixture.stores.store, key).await;
        assert_eq!(verdict.unwrap().unwrap().findings, []);
    }

    async fn a_batch_that_another_one_reverts_is_kept_as_long_as_that_goes_on(fixture: Fixture) {
        let batch = assigned(&fixture).await;
        let store = &fixture.stores.store;
        let key = fixture.engine.customer(&fixture.customer).await.unwrap().key;
        let mut spec = batch.spec.clone();
        spec.source = BatchSource::Reverted;
        spec.task = BatchTask::Revert { batch: batch.to_ref(), products: Vec::new() };
        let new = NewBatch {
            id: BatchId::parse("revert").unwrap(),
            spec,
            lease: Lease {
                owner: Some("a server".to_owned()),
                until: Some(fixture.clock.day(2 * KEPT)),
                epoch: 1,
            },
            user_stream_open: false,
        };
        let mut tx = store.lock_customer(key).await.unwrap().unwrap();
        let reverting = tx.insert_batch(new).await.unwrap().key;
        tx.commit().await.unwrap();
        fixture.clock.pass(KEPT + 1);
        let server = retention_server(&fixture);
        assert!(!gone_soon(&fixture, &batch.id).await);
        let mut tx = store.lock_customer(key).await.unwrap().unwrap();
        tx.delete_batch(reverting).await.unwrap();
        tx.commit().await.unwrap();
        assert!(gone_soon(&fixture, &batch.id).await);
        server.drain(Duration::from_secs(5)).await;
    }
}

/// An ended batch with more than one chunk.
async fn assigned(fixture: &Fixture) -> Batch {
    fixture.add_users(CHUNK + 1).await;
    fixture.buy("suite", 9).await;
    fixture.assign("suite", Selector::All).await.1
}

fn retention_limits() -> Limits {
    Limits {
        retention_interval: Duration::from_millis(20),
        segments_removed_per_step: 1,
        idempotency_records_removed_per_step: 1,
        ..limits()
    }
}

/// Another server over the same store, with a retention job that runs continuously.
fn retention_server(fixture: &Fixture) -> Engine {
    let server = fixture.another_engine_with(retention_limits());
    server.start();
    server
}

/// A retention server that also removes journal entries after `days` days, one at a time.
fn compactor(fixture: &Fixture, days: i64) -> Engine {
    let limits = Limits {
        journal_retention: Some(Duration::from_hours(24 * days.unsigned_abs())),
        entries_removed_per_step: 1,
        ..retention_limits()
    };
    let server = fixture.another_engine_with(limits);
    server.start();
    server
}

/// Whether a batch disappears while the retention job runs several times.
async fn gone_soon(fixture: &Fixture, batch: &BatchId) -> bool {
    for _ in 0..40 {
        if fixture
            .engine
            .batch(&fixture.customer, batch)
            .await
            .is_err()
        {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}

fn revert(fixture: &Fixture, batch: &BatchId) -> RevertBatch {
    RevertBatch {
        customer: fixture.customer.clone(),
        batch: batch.clone(),
        mode: BatchMode::PerUser,
        request_id: None,
        principal: Principal::local(),
        caller: CallerId::new("test"),
    }
}

fn not_found<T>(answer: Result<T, EngineError>) {
    let error = answer.err().expect("the resource must not exist");
    assert!(matches!(error, EngineError::NotFound(_)), "{error:?}");
}
