//! What is over is kept for a while, and then removed.

use std::time::Duration;

use seatkeeper_domain::{Actor, BatchId, BatchMode, JournalSequence};
use seatkeeper_engine::{
    Batch, BatchEvent, BatchSource, BatchTask, CallerId, Engine, EngineError, JournalEvent, Limits,
    ListBatchResults, ListJournal, ResultFilter, RevertBatch, Selector,
};
use seatkeeper_store::{Lease, NewBatch};

use crate::stores::on_every_store;
use crate::world::{CHUNK, World, limits, request_id, users};

/// For how many days batches are kept in these tests.
const KEPT: i64 = 90;

on_every_store! {
    async fn a_batch_is_kept_for_as_long_as_configured_and_no_longer(world: World) {
        let batch = assigned(&world).await;
        world.clock.pass(KEPT - 1);
        let keeper = keeper(&world);
        assert!(!gone_soon(&world, &batch.id).await, "it is too early");
        world.clock.pass(2);
        assert!(gone_soon(&world, &batch.id).await);
        assert_eq!(world.engine.list_batches(&world.customer, None, 9).await.unwrap().total, 0);
        let list = ListBatchResults {
            customer: world.customer.clone(),
            batch: batch.id.clone(),
            filter: ResultFilter::default(),
            include_current_licenses: false,
            after: 0,
            limit: 9,
        };
        not_found(world.engine.list_batch_results(&list).await);
        not_found(world.engine.follow_batch(&world.customer, &batch.id, 0).await);
        not_found(world.engine.revert_batch(revert(&world, &batch.id)).await);
        assert_eq!(world.holdings().await.len(), CHUNK + 1, "what it did stays done");
        keeper.drain(Duration::from_secs(5)).await;
    }

    async fn what_is_kept_for_ever_is_not_removed(world: World) {
        let batch = assigned(&world).await;
        world.clock.pass(100 * KEPT);
        let limits = Limits { batch_retention: None, ..upkeep_limits() };
        let keeper = world.another_engine_with(limits);
        keeper.start();
        assert!(!gone_soon(&world, &batch.id).await);
        keeper.drain(Duration::from_secs(5)).await;
    }

    async fn a_request_id_acts_anew_when_its_batch_is_gone(world: World) {
        world.add_users(1).await;
        world.buy("suite", 9).await;
        let mut request = world.request(&["suite"], &[]);
        request.request_id = Some(request_id("once"));
        let engine = &world.engine;
        let (_, first) = world.run(request.clone(), Selector::All).await;
        let again = engine.start_batch(request.clone(), Selector::All).await.unwrap();
        assert!(again.joined);
        world.clock.pass(KEPT + 1);
        let keeper = keeper(&world);
        assert!(gone_soon(&world, &first.id).await);
        let anew = engine.start_batch(request, users(&["u1"])).await.unwrap();
        assert!(!anew.joined);
        assert_ne!(anew.batch.id, first.id);
        keeper.drain(Duration::from_secs(5)).await;
    }

    async fn the_request_id_of_a_purchase_is_forgotten(world: World) {
        let mut purchase = world.purchase("suite", 3);
        purchase.request_id = Some(request_id("once"));
        let seats = async || {
            let bought = world.engine.purchase_seats(purchase.clone()).await.unwrap();
            let purchases = bought.entitlement.entitlement.purchases;
            purchases.iter().map(|purchase| purchase.seats).sum::<i64>()
        };
        assert_eq!(seats().await, 3);
        assert_eq!(seats().await, 3, "it acts once");
        world.clock.pass(KEPT + 1);
        let keeper = keeper(&world);
        let key = world.engine.customer(&world.customer).await.unwrap().key;
        let id = request_id("once");
        let forgotten = async {
            while world.stores.store.request(key, &id).await.unwrap().is_some() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), forgotten).await.unwrap();
        assert_eq!(seats().await, 6);
        keeper.drain(Duration::from_secs(5)).await;
    }

    async fn a_reader_in_the_middle_is_told_that_the_batch_is_gone(world: World) {
        let batch = assigned(&world).await;
        let engine = &world.engine;
        let mut stream = engine.follow_batch(&world.customer, &batch.id, 0).await.unwrap();
        assert!(matches!(stream.next().await, Ok(Some(BatchEvent::Started(_)))));
        world.clock.pass(KEPT + 1);
        let keeper = keeper(&world);
        assert!(gone_soon(&world, &batch.id).await);
        let ended = loop {
            match stream.next().await {
                Ok(Some(BatchEvent::Results { .. } | BatchEvent::Progress { .. })) => {}
                other => break other,
            }
        };
        not_found(ended);
        keeper.drain(Duration::from_secs(5)).await;
    }

    async fn the_journal_of_a_removed_batch_stays(world: World) {
        assigned(&world).await;
        let key = world.engine.customer(&world.customer).await.unwrap().key;
        let entries = async || {
            let journal = world.stores.store.journal(key, JournalSequence(0), 99).await;
            journal.unwrap()
        };
        let before = entries().await;
        let batch = world.engine.list_batches(&world.customer, None, 1).await.unwrap();
        world.clock.pass(KEPT + 1);
        let keeper = keeper(&world);
        assert!(gone_soon(&world, &batch.items[0].id).await);
        assert_eq!(entries().await, before);
        let verdict = seatkeeper_verify::verify_customer(&*world.stores.store, key).await;
        assert_eq!(verdict.unwrap().unwrap().findings, []);
        keeper.drain(Duration::from_secs(5)).await;
    }

    async fn old_journal_entries_go_with_what_they_came_to_in_their_place(world: World) {
        let batch = assigned(&world).await;
        let key = world.engine.customer(&world.customer).await.unwrap().key;
        world.clock.pass(2 * KEPT);
        world.assign("suite", Selector::All).await;
        let keeper = compactor(&world, 2 * KEPT - 1);
        assert!(gone_soon(&world, &batch.id).await);
        let list = |after| ListJournal {
            customer: world.customer.clone(),
            after: JournalSequence(after),
            limit: 99,
        };
        let engine = &world.engine;
        let removed = async {
            while engine.list_journal(&list(1)).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), removed).await.unwrap();
        keeper.drain(Duration::from_secs(5)).await;
        let (entries, newest) = engine.list_journal(&list(0)).await.unwrap();
        let first = entries[0].entry.sequence;
        assert!(first > JournalSequence(2) && first < newest, "from the second batch on");
        let Err(EngineError::JournalPlaceUnknown { given: 1, min, max }) =
            engine.list_journal(&list(1)).await.map(|_| ())
        else {
            panic!("there is nothing to go on with");
        };
        assert_eq!((min, max), (first.0 - 1, newest.0));
        let refused = engine.watch_journal(&world.customer, JournalSequence(1)).await;
        assert!(matches!(refused, Err(EngineError::JournalPlaceUnknown { .. })));
        let mut watched = engine.watch_journal(&world.customer, JournalSequence(0)).await.unwrap();
        assert!(matches!(watched.next().await, Ok(JournalEvent::Started)));
        let Ok(JournalEvent::Entry(told)) = watched.next().await else {
            panic!("the first entry that is left comes first");
        };
        assert_eq!(told.entry.sequence, first);
        let verdict = seatkeeper_verify::verify_customer(&*world.stores.store, key).await;
        assert_eq!(verdict.unwrap().unwrap().findings, []);
    }

    async fn a_batch_that_another_one_reverts_is_kept_as_long_as_that_goes_on(world: World) {
        let batch = assigned(&world).await;
        let store = &world.stores.store;
        let key = world.engine.customer(&world.customer).await.unwrap().key;
        let mut spec = batch.spec.clone();
        spec.source = BatchSource::Reverted;
        spec.task = BatchTask::Revert { batch: batch.to_ref(), products: Vec::new() };
        let new = NewBatch {
            id: BatchId::parse("revert").unwrap(),
            spec,
            lease: Lease {
                owner: Some("a server".to_owned()),
                until: Some(world.clock.day(2 * KEPT)),
                epoch: 1,
            },
            intake_open: false,
        };
        let mut tx = store.lock_customer(key).await.unwrap().unwrap();
        let reverting = tx.insert_batch(new).await.unwrap().key;
        tx.commit().await.unwrap();
        world.clock.pass(KEPT + 1);
        let keeper = keeper(&world);
        assert!(!gone_soon(&world, &batch.id).await);
        let mut tx = store.lock_customer(key).await.unwrap().unwrap();
        tx.delete_batch(reverting).await.unwrap();
        tx.commit().await.unwrap();
        assert!(gone_soon(&world, &batch.id).await);
        keeper.drain(Duration::from_secs(5)).await;
    }
}

/// A batch over more than one chunk, which has ended.
async fn assigned(world: &World) -> Batch {
    world.add_users(CHUNK + 1).await;
    world.buy("suite", 9).await;
    world.assign("suite", Selector::All).await.1
}

fn upkeep_limits() -> Limits {
    Limits {
        upkeep_interval: Duration::from_millis(20),
        segments_removed_per_step: 1,
        requests_removed_per_step: 1,
        ..limits()
    }
}

/// Another server over the same store, which looks for what is to be removed all the time.
fn keeper(world: &World) -> Engine {
    let keeper = world.another_engine_with(upkeep_limits());
    keeper.start();
    keeper
}

/// The same, which removes journal entries after so many days, too, one at a time.
fn compactor(world: &World, days: i64) -> Engine {
    let limits = Limits {
        journal_retention: Some(Duration::from_hours(24 * days.unsigned_abs())),
        entries_removed_per_step: 1,
        ..upkeep_limits()
    };
    let keeper = world.another_engine_with(limits);
    keeper.start();
    keeper
}

/// Whether a batch disappears while a keeper looks several times.
async fn gone_soon(world: &World, batch: &BatchId) -> bool {
    for _ in 0..40 {
        if world.engine.batch(&world.customer, batch).await.is_err() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}

fn revert(world: &World, batch: &BatchId) -> RevertBatch {
    RevertBatch {
        customer: world.customer.clone(),
        batch: batch.clone(),
        mode: BatchMode::PerUser,
        request_id: None,
        actor: Actor::local(),
        caller: CallerId::new("test"),
    }
}

fn not_found<T>(answer: Result<T, EngineError>) {
    let error = answer.err().expect("it is there");
    assert!(matches!(error, EngineError::NotFound(_)), "{error:?}");
}
